"""The invocation as its agent sees it, and Kaizen's own context."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import threading
from pathlib import Path
from typing import Any

import pytest
from joined import HUMAN, joined, soon

from kaizen_eatp_bridge import InvocationCancelledError, current_invocation
from kaizen_eatp_bridge.context import Facts, Invocation, enter
from kaizen_eatp_bridge.loading import parse_spec
from kaizen_eatp_bridge.processes import ProcessPool

FACTS = Facts(
    invocation_id="run-1/3",
    task_id="t-1",
    run_id="run-1",
    agent_id="agent-analyst",
    action="analyze",
    delegation_id="del-1",
    delegation_chain=("agent-lead", "agent-analyst"),
    constraints=("read_only",),
    human_origin=HUMAN,
)


class Knows:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    async def check(self, agent_id: str, proof: Any, payload: bytes, audience: str) -> Facts:
        return self.facts


def tell() -> dict[str, Any]:
    invocation = current_invocation()
    assert invocation is not None
    return {
        "ids": [invocation.invocation_id, invocation.task_id, invocation.run_id, invocation.agent_id],
        "action": invocation.action,
        "chain": invocation.delegation_chain,
        "human": dict(invocation.human_origin) if invocation.human_origin else None,
        "trace": [invocation.traceparent, invocation.trace_id],
        "deadline": invocation.deadline,
        "kaizen": kaizens(),
    }


def kaizens() -> Any:
    try:
        from kailash.trust.execution_context import get_current_context
    except ModuleNotFoundError:
        return "not installed"
    context = get_current_context()
    if context is None:
        return None
    return {
        "human": context.human_origin.to_dict(),
        "chain": context.delegation_chain,
        "depth": context.delegation_depth,
        "constraints": context.constraints,
        "trace": context.trace_id,
    }


async def tell_async() -> dict[str, Any]:
    await asyncio.sleep(0)
    return tell()


def attempts(question: str) -> list[Any]:
    invocation = current_invocation()
    assert invocation is not None
    return [invocation.attempt, invocation.idempotency_key]


@pytest.mark.parametrize("where", ["in a thread", "as a coroutine", "in a process"])
def test_which_attempt_it_is_and_the_key_that_all_attempts_share(where: str) -> None:
    async def attempts_async(question: str) -> list[Any]:
        return attempts(question)

    async def main() -> None:
        agent = attempts_async if where == "as a coroutine" else attempts
        spec = parse_spec(f"a={Path(__file__)}:attempts")
        processes = ProcessPool([spec], 1) if where == "in a process" else None
        async with joined({"a": agent}, verifier=Knows(FACTS), processes=processes) as (bridge, _):
            assert await soon(bridge.call("a", {"question": "q"})) == [1, "run-1/3"]
            assert await soon(bridge.call("a", {"question": "q"}, attempt=2, idempotency_key="run-1/7")) == [2, "run-1/7"]

    asyncio.run(main())


def test_there_is_none_outside() -> None:
    assert current_invocation() is None


@pytest.mark.parametrize("agent", [tell, tell_async], ids=["in a thread", "as a coroutine"])
def test_all_that_the_signed_invocation_says(agent: Any) -> None:
    pytest.importorskip("kailash.trust", reason="Kaizen's own context needs kailash[trust]")
    trace = {"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01", "tracestate": "k=v"}

    async def main() -> None:
        async with joined({"tell": agent}, verifier=Knows(FACTS)) as (bridge, _):
            told = await soon(bridge.call("tell", {}, trace=trace, deadline_ms=60_000))
            assert told["ids"] == ["run-1/3", "t-1", "run-1", "agent-analyst"]
            assert (told["action"], told["chain"]) == ("analyze", ["agent-lead", "agent-analyst"])
            assert told["human"] == HUMAN
            assert told["trace"] == [trace["traceparent"], "a" * 32]
            assert dt.timedelta(seconds=30) < told["deadline"] - dt.datetime.now(dt.UTC) <= dt.timedelta(minutes=1)
            assert told["kaizen"] == {
                "human": HUMAN,
                "chain": ["agent-lead", "agent-analyst"],
                "depth": 1,
                "constraints": {"read_only": True},
                "trace": "a" * 32,
            }

    asyncio.run(main())


@pytest.mark.parametrize("agent", [tell, tell_async], ids=["in a thread", "as a coroutine"])
def test_without_a_person_there_is_no_context_of_kaizens(agent: Any) -> None:
    async def main() -> None:
        async with joined({"tell": agent}, verifier=Knows(Facts(agent_id="agent-analyst"))) as (bridge, _):
            told = await soon(bridge.call("tell", {}))
            assert told["human"] is None and told["kaizen"] in (None, "not installed")
            assert told["trace"] == [None, None]

    asyncio.run(main())


def test_one_invocation_never_sees_anothers_context() -> None:
    async def main() -> None:
        class Varies:
            async def check(self, agent_id: str, proof: Any, payload: bytes, audience: str) -> Facts:
                n = payload[-1]
                return Facts(task_id=f"t-{n}", human_origin={**HUMAN, "human_id": f"h-{n}"} if n % 2 else None)

        def look(n: int) -> Any:
            told = tell()
            return [told["ids"][1], told["human"] and told["human"]["human_id"], kaizens()]

        async with joined({"look": look}, verifier=Varies(), threads=4) as (bridge, _):
            told = await soon(asyncio.gather(*[bridge.call("look", {"n": n}) for n in range(100)]))
            for n, (task, human, kaizen) in enumerate(told):
                assert task == f"t-{n}"
                assert human == (f"h-{n}" if n % 2 else None)
                if kaizen != "not installed":
                    assert (kaizen and kaizen["human"]["human_id"]) == human
        assert current_invocation() is None

    asyncio.run(main())


def test_threads_that_copy_the_context_have_it() -> None:
    seen: list[Any] = []

    def run() -> None:
        enter(Invocation("analyst", 1, facts=FACTS))
        context = contextvars.copy_context()
        threads = [
            threading.Thread(target=context.run, args=(lambda: seen.append(current_invocation()),)),
            threading.Thread(target=lambda: seen.append(current_invocation())),
        ]
        for thread in threads:
            thread.start()
            thread.join()

    contextvars.copy_context().run(run)
    assert seen[0].agent == "analyst" and seen[1] is None


def test_an_invocation_without_a_waiting_caller() -> None:
    reported: list[Any] = []
    invocation = Invocation("a", 1, _report=reported.append)
    invocation.report(1)
    asyncio.run(invocation.report_async(2))
    assert reported == [1, 2] and not invocation.is_cancelled
    invocation._cancelled = "enough"
    assert invocation.is_cancelled
    for stop in (invocation.raise_if_cancelled, lambda: invocation.report(3), lambda: asyncio.run(invocation.report_async(3))):
        with pytest.raises(InvocationCancelledError, match="enough"):
            stop()


def test_secrets_are_not_in_its_text() -> None:
    text = repr(Invocation("a", 1, facts=FACTS, _swallowed=ValueError("x")))
    assert "swallowed" not in text and "_report" not in text


@pytest.mark.parametrize("traceparent", [None, "", "x", "00-a"])
def test_a_trace_context_that_is_none(traceparent: str | None) -> None:
    assert Invocation("a", 1, traceparent=traceparent).trace_id is None
