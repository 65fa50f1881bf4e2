"""Generators and async generators: what they yield is progress, what they return or yield last is the result."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fake_bridge import Failed
from joined import joined, soon, until

from kaizen_eatp_bridge import frames
from kaizen_eatp_bridge.loading import load_agent, parse_spec
from kaizen_eatp_bridge.processes import ProcessPool

FILE = Path(__file__).parent / "files" / "streaming_agents.py"


def spec(target: str) -> Any:
    return parse_spec(f"agent={FILE}:{target}")


def ask(target: str, value: Any, **options: Any) -> tuple[Any, list[Any]]:
    """Returns an agent's answer, and the progress that it reported."""

    async def main() -> Any:
        async with joined({"agent": load_agent(spec(target))}, **options) as (bridge, _):
            number, answer = bridge.start("agent", value)
            return await soon(answer), bridge.progress.get(number, [])

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("target", "value", "output", "progress"),
    [
        ("count", {"n": 3}, {"i": 2}, [{"i": 0}, {"i": 1}, {"i": 2}]),
        ("count", {"n": 0}, None, []),
        ("count_and_return", {"n": 3}, {"sum": 3}, [0, 1, 2]),
        ("count_async", {"n": 3}, 2, [0, 1, 2]),
        ("Chat", {"message": "two words"}, "words", ["two", "words"]),
        ("Chat#stream", "two words", "words", ["two", "words"]),
        ("hands_back", {"n": 2}, {"i": 1}, [{"i": 0}, {"i": 1}]),
        ("sets", {}, [2], [[1, 3], [2]]),
    ],
)
def test_yields_are_progress_and_the_last_or_returned_value_is_the_result(
    target: str, value: Any, output: Any, progress: list[Any]
) -> None:
    assert ask(target, value) == (output, progress)


def test_they_stream_from_a_process_too() -> None:
    pool = ProcessPool([spec("count")], 1)
    assert ask("count", {"n": 2}, processes=pool) == ({"i": 1}, [{"i": 0}, {"i": 1}])


def test_an_exception_in_the_middle_fails_the_call_after_its_progress() -> None:
    with pytest.raises(Failed, match="EXCEPTION: in the middle"):
        ask("fails_midway", {})


def test_a_stream_is_closed_when_its_call_is_cancelled() -> None:
    async def main() -> None:
        agent = load_agent(spec("Streaming"))
        async with joined({"agent": agent}) as (bridge, _):
            number, answer = bridge.start("agent", {"prompt": "p"})
            await until(lambda: bridge.progress.get(number) == ["a"])
            bridge.send(frames.CANCEL, {"call": number, "reason": "enough"})
            with pytest.raises(Failed, match="CANCELLED"):
                await soon(answer)
            await until(lambda: type(agent.obj).closed)

    asyncio.run(main())
