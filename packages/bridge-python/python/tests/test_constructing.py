"""Constructor arguments in specs, and configs that the worker creates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kaizen_eatp_bridge.errors import StartError
from kaizen_eatp_bridge.loading import load_agent, parse_spec

FILE = Path(__file__).parent / "files" / "constructed_agents.py"


def call(target: str, value: Any = None) -> Any:
    return load_agent(parse_spec(f"a={FILE}:{target}")).call_blocking(value or {"n": 1})


@pytest.mark.parametrize(
    ("target", "output"),
    [
        ("Configured", {"model": "small", "tags": []}),
        ("Configured(config={'model': 'gpt-4o'})#ask", {"model": "gpt-4o", "tags": []}),
        ('Configured({"model": "large", "tags": ["a"]})', {"model": "large", "tags": ["a"]}),
        ("Configured(config=Config(model='x'))", {"model": "x", "tags": []}),
        ("Configured(Config.large())", {"model": "large", "tags": []}),
        ("Pydantic", {"limit": 3}),
        ("Pydantic(config={'limit': 7})", {"limit": 7}),
        ("Optional(config={'model': 'given'})", {"model": "given"}),
        ("Optional", {"model": "none given"}),
        ("Wrapper(inner=Configured(config={'model': 'inner'}))", {"wrapped": {"model": "inner", "tags": []}}),
        ("Wrapper(make(-2))", {"wrapped": -2}),
        ("make(number=5)", 5),
        ("make_maker()(7)", 7),
        ("Holder.Nested", "nested"),
        ("Holder.Nested()#run", "nested"),
        ("holder.items[0]", 1),
        ("holder.by_name['two']", 2),
        ("Scaled(os.environ['SCALE'])", "3"),
        ("Scaled(collections.OrderedDict(a=1))", {"a": 1}),
    ],
)
def test_a_target_can_be(target: str, output: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "3")
    assert call(target) == output


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("Needs", r"cannot be made without arguments: it needs url \(str\), retries \(int\).*Needs\(url=…, retries=…\)"),
        ("Needs('u')", r"it needs retries \(int\)"),
        ("Needs('u', 1, 2)", r"does not take these arguments: too many positional"),
        ("Needs(uri='u')", r"does not take these arguments: got an unexpected keyword argument 'uri'"),
        ("Configured(config={'modle': 'x'})", r"Config has no modle; its fields are model, tags"),
        ("NeedsField", r"it needs config \(Required\)\. Required needs key"),
        ("NeedsField(config={})", r"Required lacks key; its fields are key, size"),
        ("Pydantic(config={'limit': 'many'})", r"ValidationError"),
        ("Configured(config={'model': missing})", r"has no 'missing'.*Correct"),
        ("Configured(config=[x for x in [1]])", r"a form that a spec does not have"),
        ("Configured(**{})", r"\* or \*\*"),
        ("Scaled(os.environ['NO_SUCH_VARIABLE'])", r"NO_SUCH_VARIABLE.*set the environment variable"),
        ("Configured#nothing", r"has no method 'nothing'. It has ask"),
        ("NUMBER(1)", r"NUMBER is not callable"),
        ("NUMBER", r"is a int, which cannot be an agent"),
    ],
)
def test_what_is_wrong_is_said(target: str, why: str) -> None:
    with pytest.raises(StartError, match=why):
        call(target)
