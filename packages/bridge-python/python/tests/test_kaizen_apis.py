"""Kaizen's Delegate, GovernedSupervisor and human-approval agents, as they are."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("kaizen_agents", reason="needs kaizen-agents: pip install kaizen-agents")

from fake_bridge import Failed
from joined import joined, soon

from kaizen_eatp_bridge.errors import StartError
from kaizen_eatp_bridge.loading import load_agent, parse_spec

FILE = Path(__file__).parent / "files" / "kaizen_apis.py"


def load(target: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return load_agent(parse_spec(f"agent={FILE}:{target}"))


def ask(target: str, value: Any) -> tuple[Any, list[Any]]:
    async def main() -> Any:
        async with joined({"agent": load(target)}) as (bridge, _):
            number, answer = bridge.start("agent", value)
            return await soon(answer), bridge.progress.get(number, [])

    return asyncio.run(main())


def test_a_delegate_streams_its_events_and_answers_with_the_last() -> None:
    answer, progress = ask("make_delegate", {"prompt": "say two words"})
    assert (answer["event_type"], answer["text"]) == ("turn_complete", "two words")
    assert [event["text"] for event in progress if event["event_type"] == "text_delta"] == ["two", " words"]


def test_a_delegate_whose_model_is_gone_has_failed() -> None:
    with pytest.raises(Failed, match="EXCEPTION: Delegate execution failed"):
        ask("make_failing_delegate", {"prompt": "say two words"})


def test_a_supervisor_answers_with_its_result_as_a_plain_value() -> None:
    answer, _ = ask("supervisor", {"objective": "tidy up"})
    assert answer["success"] is True and answer["results"] == {"task-0": "[dry-run] tidy up"}
    assert answer["plan"]["nodes"]["task-0"]["state"] == "completed"


def test_a_human_approval_agent_approves_or_raises() -> None:
    answer, _ = ask("approving", {"prompt": "pay 5"})
    assert answer["_human_approved"] is True
    with pytest.raises(Failed, match="Human rejected result: too dear"):
        ask("rejecting", {"prompt": "pay 5"})


def test_one_that_asks_at_the_keyboard_is_refused_at_join() -> None:
    with pytest.raises(StartError, match=r"reads from the keyboard \(ask_at_the_keyboard"):
        load("asking")
