"""Agents are loaded from the place that a spec names, or the error says what to do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from kaizen_eatp_bridge.errors import AgentInputError, StartError
from kaizen_eatp_bridge.loading import load_agent, parse_spec

FILES = Path(__file__).parent / "files"


def load(attribute: str, module: str = "plain_agents.py") -> Any:
    return load_agent(parse_spec(f"agent={FILES / module}:{attribute}"))


def call(attribute: str, value: Any) -> Any:
    return load(attribute).call_blocking(value)


class TestSpecs:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("analyst=my_agents:analyst", ("analyst", "my_agents", "analyst", None, False)),
            ("a=pkg.mod:Holder.inner", ("a", "pkg.mod", "Holder.inner", None, False)),
            ("a.b-c_1=m:make()", ("a.b-c_1", "m", "make()", None, True)),
            ("a=path/to/file.py:x", ("a", "path/to/file.py", "x", None, False)),
            (r"a=C:\agents\file.py:x", ("a", r"C:\agents\file.py", "x", None, False)),
            ("a=file=2.py:x", ("a", "file=2.py", "x", None, False)),
            ("a=m:x(1)", ("a", "m", "x(1)", None, True)),
            ("a=m:A#ask", ("a", "m", "A", "ask", False)),
            (
                "qa=qa.py:QA(config={'model': 'gpt-4o', 'url': 'http://h:1/#x'})#ask",
                ("qa", "qa.py", "QA(config={'model': 'gpt-4o', 'url': 'http://h:1/#x'})", "ask", True),
            ),
            ("a=m:make(Inner(), [1, -2]).part#go", ("a", "m", "make(Inner(), [1, -2]).part", "go", False)),
        ],
    )
    def test_good(self, text: str, parts: Any) -> None:
        spec = parse_spec(text)
        assert (spec.name, spec.module, spec.target, spec.method, spec.is_called) == parts

    @pytest.mark.parametrize("text", ["", "a", "a=", "a=m", "a=m:", "a=:x", "m:x", "a=m:1x", "a=m:x.", "a=m:x y", "a=m:x#", "a=m:#y", "a=m:x(", "a=m:1+1"])
    def test_bad(self, text: str) -> None:
        with pytest.raises(StartError, match="NAME=MODULE:TARGET"):
            parse_spec(text)

    @pytest.mark.parametrize("name", ["a b", "ä", "x" * 65, "a/b", "=m:x", "a,b"])
    def test_names_that_cannot_be(self, name: str) -> None:
        with pytest.raises(StartError):
            parse_spec(f"{name}=m:x")


class TestForms:
    @pytest.mark.parametrize(
        ("attribute", "kind", "is_async"),
        [
            ("analyst", "agent", False),
            ("Analyst", "agent", False),
            ("Analyst()", "agent", False),
            ("make_analyst", "agent", False),
            ("make_analyst()", "agent", False),
            ("make_analyst_async()", "agent", False),
            ("NeedsArguments('small')", "agent", False),
            ("NeedsArguments(model='small')", "agent", False),
            ("Holder.inner#run", "agent", False),
            ("make_with_defaults", "agent", False),
            ("Holder.inner", "agent", False),
            ("piped", "agent", False),
            ("native", "agent", True),
            ("Native", "agent", True),
            ("only_async", "agent", True),
            ("roles", "role", False),
            ("Roles", "role", False),
            ("double", "function", False),
            ("make_function()", "function", False),
            ("double_async", "function", True),
            ("callable_object", "function", False),
            ("callable_async", "function", True),
            ("partial", "function", False),
        ],
    )
    def test_each(self, attribute: str, kind: str, is_async: bool) -> None:
        agent = load(attribute)
        assert (agent.kind, agent.is_async) == (kind, is_async)

    def test_a_module_by_name_in_the_folder_where_it_starts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(FILES)
        monkeypatch.setattr(sys, "path", [p for p in sys.path if p not in ("", str(FILES))])
        monkeypatch.delitem(sys.modules, "plain_agents", raising=False)
        assert load_agent(parse_spec("a=plain_agents:double")).call(4) == 8

    def test_a_file_with_neighbours_and_once_only(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "path", list(sys.path))
        agent = load("analyst", "with_neighbour.py")
        assert agent.call({"topic": "x"}) == {"topic": "x", "depth": 1}
        module = sys.modules["plain_agents"]
        load("analyst")
        assert sys.modules["plain_agents"] is module

    def test_a_file_of_a_package_is_imported_as_part_of_it(self, tmp_path: Path) -> None:
        package = tmp_path / "firm" / "staff"
        package.mkdir(parents=True)
        for folder in (package, package.parent):
            (folder / "__init__.py").touch()
        (package.parent / "tools.py").write_text("WORD = 'firm'\n")
        (package / "agent.py").write_text("from ..tools import WORD\n\ndef say(n): return [WORD, __name__]\n")
        assert load_agent(parse_spec(f"a={package / 'agent.py'}:say")).call(1) == ["firm", "firm.staff.agent"]

    def test_so_is_one_whose_folder_has_a_name_that_python_cannot_import(self, tmp_path: Path) -> None:
        folder = tmp_path / "simple-qa"
        folder.mkdir()
        (folder / "__init__.py").write_text("from .workflow import say\n")
        (folder / "parts.py").write_text("WORD = 'parts'\n")
        (folder / "workflow.py").write_text("from .parts import WORD\n\ndef say(n): return WORD\n")
        assert load_agent(parse_spec(f"a={folder / 'workflow.py'}:say")).call(1) == "parts"
        assert load_agent(parse_spec(f"a={folder / '__init__.py'}:say")).call(1) == "parts"

    @pytest.mark.parametrize(
        ("attribute", "value", "output"),
        [
            ("analyst", {"topic": "a", "depth": 3}, {"topic": "a", "depth": 3}),
            ("analyst", "a", {"topic": "a", "depth": 1}),
            ("native", {"topic": "a"}, {"topic": "a"}),
            ("only_async", "a", {"topic": "a"}),
            ("double", {"n": 3}, 6),
            ("double", 3, 6),
            ("double_async", 3, 6),
            ("whole", {"a": 1}, ["got", {"a": 1}]),
            ("whole", {"value": 1}, ["got", 1]),
            ("whole", [1], ["got", [1]]),
            ("typed_text", "x", "X"),
            ("typed_text", {"text": "x"}, "X"),
            ("keywords", {"a": 1}, [1, 2]),
            ("anything", {"x": 1, "y": 2}, {"x": 1, "y": 2}),
            ("positional", {"value": 1}, {"value": 1}),
            ("optional", {}, ["optional", None]),
            ("optional", 5, ["optional", 5]),
            ("callable_object", 5, -5),
            ("callable_async", {"n": 5}, -5),
            ("roles", {"proposal": "p", "voter_perspective": "v"}, {"vote": "approve", "proposal": "p"}),
            (
                "roles",
                {"topic": "t", "proponent_argument": "a", "opponent_argument": "b", "extra": 1},
                {"decision": "for"},
            ),
        ],
    )
    def test_calls(self, attribute: str, value: Any, output: Any) -> None:
        assert call(attribute, value) == output

    @pytest.mark.parametrize(
        ("attribute", "value", "why"),
        [
            ("typed_text", {"other": 1}, "does not fit typed_text.*fields other"),
            ("keywords", {"b": 1}, "does not fit keywords"),
            ("keywords", 5, "no set of fields"),
            ("anything", 5, "no set of fields"),
            ("roles", "x", "only role methods"),
            ("roles", {"request": "x"}, "it has judge_debate, vote, not delegate"),
            ("roles", {"nothing": "x"}, "it has judge_debate, vote"),
        ],
    )
    def test_inputs_that_do_not_fit(self, attribute: str, value: Any, why: str) -> None:
        with pytest.raises(AgentInputError, match=why) as refused:
            call(attribute, value)
        assert refused.value.code == "EXCEPTION"

    def test_a_call_without_the_fields_it_needs_is_pythons_own_error(self) -> None:
        with pytest.raises(TypeError, match="topic"):
            call("analyst", {"depth": 1})


class TestWhatIsMissing:
    def test_a_module(self) -> None:
        with pytest.raises(StartError, match=r"no module 'no_such_module'.*Start in the folder that holds no_such_module.py") as refused:
            load_agent(parse_spec("a=no_such_module:x"))
        assert "pip install" not in str(refused.value)

    @pytest.mark.parametrize(
        ("file", "text"),
        [
            ("requirements.txt", "# ours\nscikit-learn>=1.5 ; python_version > '3.8'\n"),
            ("pyproject.toml", "[project]\nname='x'\ndependencies=['scikit-learn>=1.5']\n"),
            ("setup.cfg", "[options]\ninstall_requires =\n    scikit-learn>=1.5\n"),
        ],
    )
    def test_what_the_project_requires_is_installed_by_its_name_there(self, tmp_path: Path, file: str, text: str) -> None:
        (tmp_path / file).write_text(text)
        (tmp_path / "learns.py").write_text("import sklearn_not.parts\nimport sklearn\n".replace("import sklearn_not.parts\n", ""))
        with pytest.raises(StartError, match=rf"needs the module 'sklearn'.*as .*{file} asks for.*pip install 'scikit-learn>=1.5'"):
            load_agent(parse_spec(f"a={tmp_path / 'learns.py'}:x"))

    def test_what_kaizen_requires_is_installed_as_kaizen_says(self, tmp_path: Path) -> None:
        pytest.importorskip("kaizen")
        (tmp_path / "counts.py").write_text("import numpy\n")
        with pytest.raises(StartError, match=r"as kai\S+ \d+\S* asks for: .* -m pip install 'numpy"):
            load_agent(parse_spec(f"a={tmp_path / 'counts.py'}:x"))

    def test_a_package_outside_the_requirements_is_not_suggested(self) -> None:
        with pytest.raises(StartError, match=r"needs the module 'no_such_package_xyz'.*No requirements file") as refused:
            load("x", "needs_missing.py")
        assert "pip install" not in str(refused.value)

    def test_what_lies_close_by_is_pointed_to(self, tmp_path: Path) -> None:
        (tmp_path / "src" / "house_tools").mkdir(parents=True)
        (tmp_path / "src" / "house_tools" / "__init__.py").touch()
        (tmp_path / "agents").mkdir()
        (tmp_path / "agents" / "uses_tools.py").write_text("import house_tools\n")
        with pytest.raises(StartError, match=rf"set PYTHONPATH={tmp_path / 'src'}"):
            load_agent(parse_spec(f"a={tmp_path / 'agents' / 'uses_tools.py'}:x"))

    def test_a_part_that_an_installed_package_does_not_have(self) -> None:
        with pytest.raises(StartError, match=r"msgpack is installed \(.*\) and has no 'msgpack.no_such_part'"):
            load_agent(parse_spec("a=msgpack.no_such_part:x"))

    def test_a_relative_import_outside_of_a_package(self, tmp_path: Path) -> None:
        (tmp_path / "leans.py").write_text("from .other import thing\n")
        with pytest.raises(StartError, match=r"relative import.*is not a package.*__init__.py"):
            load_agent(parse_spec(f"a={tmp_path / 'leans.py'}:x"))

    def test_a_notebook(self, tmp_path: Path) -> None:
        (tmp_path / "agents.ipynb").write_text("{}")
        with pytest.raises(StartError, match=r"is a notebook.*jupyter nbconvert --to script agents.ipynb"):
            load_agent(parse_spec(f"a={tmp_path / 'agents.ipynb'}:x"))

    def test_a_file(self) -> None:
        with pytest.raises(StartError, match="There is no file .*nowhere.py"):
            load_agent(parse_spec("a=nowhere.py:x"))

    def test_an_attribute(self) -> None:
        with pytest.raises(StartError, match=r"has no 'analist'. It has .*analyst.*Correct --agent …=") as refused:
            load("analist")
        assert "functools" not in str(refused.value)

    @pytest.mark.parametrize(
        ("attribute", "why"),
        [
            ("number", "is a int, which cannot be an agent"),
            ("NeedsArguments", r"cannot be made without arguments.*model.*NeedsArguments\(model=…\).*function without parameters"),
            ("Breaks", "RuntimeError: no database"),
            ("make_nothing", "NoneType, which cannot be an agent"),
            ("number()", "is not callable.*Leave out"),
        ],
    )
    def test_what_is_no_agent(self, attribute: str, why: str) -> None:
        with pytest.raises(StartError, match=why) as refused:
            load(attribute)
        assert refused.value.code == "START"

    @pytest.mark.parametrize(
        ("module", "why"),
        [
            ("breaks.py", "ValueError: bad configuration"),
            ("no_python.py", "SyntaxError"),
            ("exits.py", "SystemExit: 3"),
        ],
    )
    def test_a_module_that_fails_says_where(self, module: str, why: str) -> None:
        with pytest.raises(StartError, match=why) as refused:
            load("x", module)
        assert module in str(refused.value) and "It says:" in str(refused.value)

    def test_a_module_that_failed_can_be_tried_again(self, tmp_path: Path) -> None:
        file = tmp_path / "flaky_agents.py"
        file.write_text("1/0")
        spec = parse_spec(f"a={file}:x")
        with pytest.raises(StartError):
            load_agent(spec)
        file.write_text("x = lambda n: n + 1")
        assert load_agent(spec).call(1) == 2
