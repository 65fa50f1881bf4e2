"""The README's examples run unchanged, and its tables agree with the code."""

from __future__ import annotations

import asyncio
import inspect
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_bridge import FakeBridge
from joined import answering, base64_of, soon
from test_cli import environment, run, running

import kaizen_eatp_bridge
from kaizen_eatp_bridge.bridge import Bridge
from kaizen_eatp_bridge.cli import _parser
from kaizen_eatp_bridge.remote_caller import RemoteCaller
from kaizen_eatp_bridge.statements import StatementLog, StatementSigner

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
FILES = {code.split("\n", 1)[0].removeprefix("# "): code for language, code in BLOCKS if language == "python"}
COMMANDS = [line for language, code in BLOCKS if language == "sh" for line in code.splitlines()]
ACME = {"acme": base64_of(bytes(32))}


def command(start: str) -> list[str]:
    return commands(start)[0]


def commands(start: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in COMMANDS if line.startswith(f"kaizen-eatp-bridge {start}")]


def table(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    rows = re.search(rf"^## {heading}$.*?^(\|.*?)(?:\n\n|\Z)", README, re.MULTILINE | re.DOTALL)
    assert rows is not None, heading
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1].splitlines()[2:]]


def test_every_block_is_tried_here() -> None:
    assert set(FILES) == {"my_agents.py", "progress_agents.py", "program.py", "calling_agents.py", "revoke.py"}
    assert [line.split()[0] for line in COMMANDS] == ["pip", *["kaizen-eatp-bridge"] * 4]


def test_revoke(monkeypatch: pytest.MonkeyPatch) -> None:
    """The block's calls, as the module has them; a test in TypeScript runs them on a store."""
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(StatementLog, "__init__", lambda self, path: asked.append((path,)))
    monkeypatch.setattr(
        StatementLog, "revoke_agent", lambda self, agent, reason, signer: asked.append((agent, reason, signer))
    )
    key = "A" * 43 + "="
    exec(compile(FILES["revoke.py"], "revoke.py", "exec"), {"signing_key": key})  # noqa: S102
    assert asked[0] == ("trust.db",)
    assert asked[1][:2] == ("agent-bob", "left the company")
    assert isinstance(asked[1][2], StatementSigner)


def test_join(tmp_path: Path) -> None:
    pytest.importorskip("kaizen.core.base_agent", reason="the example's analyst is of kailash-kaizen")
    (tmp_path / "my_agents.py").write_text(FILES["my_agents.py"])

    async def main() -> None:
        async with FakeBridge() as bridge:
            args = [a.replace("ws://127.0.0.1:7411", bridge.url) for a in command("join")]
            args[args.index("eatp1_…")] = bridge.token(ACME)
            # The fake bridge makes no proofs.
            async with running(*args, "--verify", "off", HOME=str(tmp_path), PYTHONPATH=_path(tmp_path)) as started:
                await started.until("joined as analyst, summarize")
                assert await soon(bridge.call("analyst", {"question": "abc"})) == {"answer": "3 letters"}
                assert await soon(bridge.call("summarize", {"text": "x" * 20})) == "x" * 10
                kinds = {a["name"]: a["kind"] for a in bridge.joins[0]["agents"]}
                assert kinds == {"analyst": "base_agent", "summarize": "function"}
            assert (tmp_path / ".eatp" / "bridge-keys.json").stat().st_mode & 0o077 == 0

    asyncio.run(main())


def test_inspect_and_join_of_the_whole_file(tmp_path: Path) -> None:
    pytest.importorskip("kaizen.core.base_agent", reason="the example's analyst is of kailash-kaizen")
    (tmp_path / "my_agents.py").write_text(FILES["my_agents.py"])
    done = run(*command("inspect"), cwd=tmp_path)
    assert "inputs   question: str" in done.stdout and "outputs  answer: str" in done.stdout
    assert "--agent summarize=my_agents.py:summarize" in done.stdout

    async def main() -> None:
        async with FakeBridge() as bridge:
            args = [a.replace("ws://127.0.0.1:7411", bridge.url) for a in commands("join")[1]]
            args[args.index("eatp1_…")] = bridge.token(ACME)
            args[args.index("my_agents.py")] = str(tmp_path / "my_agents.py")
            async with running(*args, "--verify", "off", HOME=str(tmp_path)) as started:
                await started.until("joined as analyst")
                assert await soon(bridge.call("analyst", {"question": "abc"})) == {"answer": "3 letters"}

    asyncio.run(main())


def test_keygen(tmp_path: Path) -> None:
    done = run(*command("keygen"), HOME=str(tmp_path))
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["analyst", "judge"]


@pytest.mark.parametrize("file", ["progress_agents.py:careful", "calling_agents.py:planner"])
def test_agents(tmp_path: Path, file: str) -> None:
    name, attribute = file.split(":")
    (tmp_path / name).write_text(FILES[name])

    async def main() -> None:
        async with FakeBridge() as bridge:
            args = ["join", bridge.url, "--agent", f"agent={tmp_path / name}:{attribute}", "--token", bridge.token()]
            async with running(*args, "--verify", "off", HOME=str(tmp_path)) as started:
                await started.until("joined as agent")
                if attribute == "careful":
                    number, answer = bridge.start("agent", {"rows": [1, 2]})
                    assert await soon(answer) == {"task": "", "chain": [], "for": None}
                    assert bridge.progress[number] == [{"done": 0}, {"done": 1}]
                else:
                    answering(bridge, lambda body, value: [body["agent"], value])
                    assert await soon(bridge.call("agent", {"goal": "g"})) == {"plan": {"result": ["translator", {"text": "g"}]}}

    asyncio.run(main())


def test_program(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            calls = answering(bridge, lambda body, value: {"text": "Good morning"})
            program = tmp_path / "program.py"
            code = FILES["program.py"].replace("ws://127.0.0.1:7411", bridge.url).replace("eatp1_…", bridge.token(ACME))
            program.write_text(code)
            env = environment(HOME=str(tmp_path))
            done = await asyncio.to_thread(
                subprocess.run, [sys.executable, str(program)], capture_output=True, text=True, timeout=240, env=env
            )
            assert (done.stdout, done.returncode) == ("{'text': 'Good morning'}\n", 0), done.stderr
            assert (calls[0]["agent"], calls[0]["as"], calls[0]["capabilities"]) == ("translator", "planner", ["translate"])

    asyncio.run(main())


def test_the_options_of_join_are_all_there() -> None:
    told = {re.match(r"`(--[\w-]+)", row[0])[1]: row[1] for row in table("Options of `join`")}  # type: ignore[index]
    commands = next(action for action in _parser()._actions if getattr(action, "choices", None))
    actions = {
        action.option_strings[-1]: action
        for action in commands.choices["join"]._actions  # type: ignore[union-attr, index]
        if action.option_strings and action.help != "==SUPPRESS==" and "--help" not in action.option_strings
    }
    assert set(told) == set(actions)
    for name, default in told.items():
        value = actions[name].default
        if type(value) in (int, float) or name == "--verify":
            assert default.strip("`") == (f"{value:g}" if isinstance(value, float) else str(value)), name


def test_the_arguments_of_bridge_and_remote_agent_are_all_there() -> None:
    section = README[README.index("## Call the agents") :]
    for name in list(inspect.signature(Bridge.__init__).parameters)[3:]:
        assert f"`{name}`" in section, name
    told = set(re.findall(r"`(\w+)`", " ".join(row[0] for row in table("Call the agents of the TypeScript side"))))
    taken = set(inspect.signature(RemoteCaller.__init__).parameters) - {"self"} | {"signature"}
    assert told == taken


def test_the_errors_are_all_there() -> None:
    told = {row[0].strip("`") for row in table("Errors")}
    exported = {name for name in kaizen_eatp_bridge.__all__ if name.endswith("Error")} - {"BridgeError"}
    assert told == exported


def _path(*more: Path) -> str:
    return ":".join(map(str, (Path(__file__).parent.parent, *more)))


def test_what_the_protocol_document_lists_as_codes_is_explained() -> None:
    codes = {"EXCEPTION", "DENIED", "NOT_FOUND", "VALUE", "TOO_LARGE", "CANCELLED", "DEADLINE", "CLOSED", "DISCONNECTED"}
    (row,) = [row for row in table("Errors") if row[0] == "`RemoteAgentError`"]
    explained: Any = set(re.findall(r"`([A-Z_]+)`", row[1]))
    assert codes <= explained
