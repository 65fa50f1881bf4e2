"""Usage that agents report, and that Kaizen's own results state."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from joined import joined, soon

from kaizen_eatp_bridge import current_invocation
from kaizen_eatp_bridge.context import Invocation
from kaizen_eatp_bridge.errors import InvocationCancelledError


async def in_a_coroutine(tokens: int) -> str:
    current_invocation().report_usage(tokens=tokens)
    return "done"


def in_a_thread(tokens: int) -> str:
    current_invocation().report_usage(tokens=tokens)
    current_invocation().report_usage(cost=0.25)
    return "done"


async def and_fails(tokens: int) -> str:
    current_invocation().report_usage(tokens=tokens)
    raise ValueError("no")


@dataclass
class AgentResult:
    """The fields of Kaizen's result that count."""

    cost: float = 0.5
    tokens: dict[str, int] = field(default_factory=lambda: {"total": 7})

    @property
    def total_tokens(self) -> int:
        return self.tokens["total"]


def with_a_result() -> AgentResult:
    return AgentResult()


def with_other_values() -> AgentResult:
    return AgentResult(cost="a lot")  # type: ignore[arg-type]


def usage_of(agent: Any, value: dict[str, Any]) -> list[tuple[float, float]]:
    async def main() -> list[tuple[float, float]]:
        async with joined({"agent": agent}) as (bridge, _):
            number, answer = bridge.start("agent", value)
            await soon(asyncio.gather(answer, return_exceptions=True))
            # All reports come before the end of the call, and nothing follows it.
            return list(bridge.usage.get(number, []))

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("agent", "value", "expected"),
    [
        (in_a_coroutine, {"tokens": 3}, [(3, 0)]),
        (in_a_thread, {"tokens": 3}, [(3, 0), (0, 0.25)]),
        (and_fails, {"tokens": 3}, [(3, 0)]),
        (with_a_result, {}, [(7, 0.5)]),
        (with_other_values, {}, []),
    ],
)
def test_it_reaches_the_bridge_before_the_end_of_the_call(agent: Any, value: dict[str, Any], expected: Any) -> None:
    assert usage_of(agent, value) == expected


def test_kaizens_own_result_is_counted() -> None:
    result = pytest.importorskip("kaizen_agents.api.result")
    kaizens = result.AgentResult(tokens={"input": 3, "output": 4, "total": 7}, cost=0.125)
    assert usage_of(lambda: kaizens, {}) == [(7, 0.125)]


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf"), True, "3", None, 2**60])
def test_what_is_no_amount_is_refused(amount: Any) -> None:
    invocation = Invocation("a", 1)
    with pytest.raises(ValueError, match="a number from 0"):
        invocation.report_usage(tokens=amount)
    with pytest.raises(ValueError, match="as cost"):
        invocation.report_usage(cost=amount)


def test_after_the_end_it_is_refused() -> None:
    kept: list[Invocation] = []

    def keep() -> str:
        kept.append(current_invocation())
        return "done"

    async def main() -> None:
        async with joined({"agent": keep}) as (bridge, _):
            assert await soon(bridge.call("agent", {})) == "done"
            deadline = time.monotonic() + 60
            while not kept[0].is_cancelled and time.monotonic() < deadline:
                await asyncio.sleep(0.01)
            with pytest.raises(InvocationCancelledError):
                kept[0].report_usage(tokens=1)
            assert bridge.usage == {}

    asyncio.run(main())
