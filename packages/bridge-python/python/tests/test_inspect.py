"""`kaizen-eatp-bridge inspect`, and `join FILE`."""

from __future__ import annotations

import asyncio
import json
import shlex
from pathlib import Path

import pytest
from fake_bridge import FakeBridge
from joined import soon
from test_cli import options, run, running

SHAPES = Path(__file__).parent / "survey" / "ours"
PLAIN = SHAPES / "plain_classes.py"


def test_it_lists_how_each_agent_is_made_and_called_and_the_line_that_joins_it() -> None:
    done = run("inspect", str(PLAIN))
    assert done.returncode == 0, done.stderr
    text = done.stdout
    part = text[text.index("ResearchAssistant  (class in") :].split("\n\n")[0]
    assert "called   research, async" in part
    assert "inputs   topic: str, depth: int?" in part
    assert "outputs  dict" in part
    assert f"kaizen-eatp-bridge join URL --agent ResearchAssistant={PLAIN}:ResearchAssistant" in part
    assert f"--agent AlikeVerbsAgent={PLAIN}:AlikeVerbsAgent#shorten" in text.replace("'", "")
    assert "also     #lengthen" in text


def test_json() -> None:
    found = json.loads(run("inspect", "--json", str(PLAIN)).stdout)
    assert found["failed"] == []
    by_name = {agent["name"]: agent for agent in found["agents"]}
    pricing = by_name["PricingAgent"]
    assert pricing["spec"] == f"PricingAgent={PLAIN}:PricingAgent"
    assert (pricing["method"], pricing["kind"], pricing["inputs"]) == ("run", "blocking", {"amount": "float"})
    assert shlex.split(pricing["line"])[:4] == ["kaizen-eatp-bridge", "join", "URL", "--agent"]
    assert pricing["joins_by_file"] is True and pricing["reason"] is None


def test_a_folder_and_what_in_it_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "good_agent.py").write_text("class GoodAgent:\n    def run(self, n): return n\n")
    (tmp_path / "bad_agent.py").write_text("import surely_not_installed_xyz\n")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "hidden_agent.py").write_text("class HiddenAgent:\n    def run(self, n): return n\n")
    found = json.loads(run("inspect", "--json", str(tmp_path)).stdout)
    assert [agent["name"] for agent in found["agents"]] == ["GoodAgent"]
    (trouble,) = found["failed"]
    assert trouble["module"].endswith("bad_agent.py") and "surely_not_installed_xyz" in trouble["reason"]
    assert "pip install" not in trouble["reason"]


def test_why_an_agent_cannot_join_by_itself() -> None:
    text = run("inspect", str(SHAPES / "cannot.py")).stdout
    assert "cannot join by itself: it needs db (Database)" in text
    assert "NeedyConfig needs endpoint" in text


@pytest.mark.parametrize("place", ["nowhere_xyz", "./nowhere.py"])
def test_a_place_that_is_not_there(place: str) -> None:
    done = run("inspect", place)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "There is no" in done.stderr


def test_a_file_without_agents(tmp_path: Path) -> None:
    (tmp_path / "empty_agents.py").write_text("NUMBER = 1\n")
    done = run("inspect", str(tmp_path / "empty_agents.py"))
    assert done.returncode == 2 and "no agent was found" in done.stderr


def test_join_of_a_file_joins_all_of_its_agents(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            args = ["join", bridge.url, str(SHAPES / "factories.py"), str(SHAPES / "functions_only.py")]
            async with running(*args, "--token", bridge.token(), *options(tmp_path)) as command:
                await command.until("joined as")
                names = sorted(agent["name"] for agent in bridge.joins[0]["agents"])
                assert names == ["ScaledAgent", "add", "build_unannotated", "count_down", "greet", "relay", "running"]
                assert await soon(bridge.call("greet", {"name": "Ann"})) == "hello Ann"
                assert await soon(bridge.call("ScaledAgent", {"n": 4})) == 8

    asyncio.run(main())


def test_join_of_a_spec_without_a_name_and_several_modules_in_one_worker(tmp_path: Path) -> None:
    for folder, word in (("one", "first"), ("two", "second")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "helper.py").write_text(f"WORD = {word!r}\n")
        (tmp_path / folder / "agent.py").write_text("from helper import WORD\n\nclass Speaker:\n    def say(self, n): return WORD\n")

    async def main() -> None:
        async with FakeBridge() as bridge:
            args = ["join", bridge.url, f"{tmp_path}/one/agent.py:Speaker", f"{tmp_path}/two/agent.py:Speaker#say"]
            async with running(*args, "--token", bridge.token(), *options(tmp_path)) as command:
                await command.until("joined as Speaker, Speaker.say")
                assert await soon(bridge.call("Speaker", {"n": 1})) == "first"
                assert await soon(bridge.call("Speaker.say", {"n": 1})) == "second"

    asyncio.run(main())


def test_a_class_that_is_not_taken_for_an_agent_is_named_with_the_line_that_joins_it() -> None:
    place = str(SHAPES / "asking.py")
    text = run("inspect", place).stdout
    assert f"Ledger  (class in {place}) is not taken for an agent" in text
    assert f"join it with --agent Ledger={place}:Ledger#enter" in text.replace("'", "")
    (passed,) = json.loads(run("inspect", "--json", place).stdout)["passed_over"]
    assert passed == {"module": place, "target": "Ledger", "methods": ["enter"], "spec": f"Ledger={place}:Ledger#enter"}


def test_the_first_steps_are_in_the_help() -> None:
    text = run("--help").stdout
    assert "kaizen-eatp-bridge inspect agents" in text and "createEnrolmentToken" in text
