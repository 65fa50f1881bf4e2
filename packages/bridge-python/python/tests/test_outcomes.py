"""A failure that looks like a result counts as a failure."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import namedtuple
from typing import Any

import pytest
from fake_bridge import Failed
from joined import joined, soon

from kaizen_eatp_bridge.adapters import adapt
from kaizen_eatp_bridge.errors import StartError
from kaizen_eatp_bridge.outcomes import failure_in

ENVELOPE = {"error": "no model", "type": "ConnectionError", "success": False}


@dataclasses.dataclass
class Told:
    text: str = ""
    success: bool = True
    error: str | None = None


@dataclasses.dataclass
class Event:
    event_type: str = "error"
    error: str = "the model is gone"


class AgentResult:
    """A property tells whether it failed."""


@dataclasses.dataclass
class Result:
    text: str = ""
    error: str | None = "late"
    error_type: str = "TimeoutError"

    @property
    def failed(self) -> bool:
        return self.error is not None


Point = namedtuple("Point", "x y")


def ask(function: Any, **options: Any) -> Any:
    async def main() -> Any:
        async with joined({"agent": adapt(function, "agent", **options)}) as (bridge, _):
            return await soon(bridge.call("agent", {}))

    return asyncio.run(main())


@pytest.mark.parametrize(
    "output",
    [
        ENVELOPE,
        {**ENVELOPE, "warning": "low confidence", "verified": False},
        {"answer": None, "result": ENVELOPE, "reflection_history": [1]},
        {"a": {"b": {"c": ENVELOPE}}},
        {"results": [ENVELOPE, ENVELOPE]},
        [ENVELOPE],
        {"success": False, "error": "Unknown action"},
        Told(success=False, error="no"),
        {"event": Event()},
        Event(),
        Result(),
        ValueError("returned, not raised"),
    ],
)
def test_by_its_form_an_output_is_a_failure(output: Any) -> None:
    assert failure_in(output, [1000]) is not None
    with pytest.raises(Failed, match="EXCEPTION"):
        ask(lambda: output)


@pytest.mark.parametrize(
    "output",
    [
        {"success": True, "error": None},
        {"success": False},
        {"error": "INVALID_INPUT", "answer": "Please ask something."},
        {"results": [ENVELOPE, {"answer": 1}]},
        {"checks": {"success": False, "error": "disk full"}},
        {"error": "", "type": "x", "success": False},
        [],
        Told(),
        Result(error=None),
        Point(1, 2),
        "error",
        None,
    ],
)
def test_by_its_form_an_output_is_a_result(output: Any) -> None:
    assert failure_in(output, [1000]) is None
    ask(lambda: output)


def test_the_failure_carries_its_type_and_message() -> None:
    with pytest.raises(Failed) as failed:
        ask(lambda: {"partial": 1, "inner": ENVELOPE})
    assert (failed.value.body["type"], failed.value.body["message"]) == ("ConnectionError", "no model")


class Bound:
    def ask(self) -> Any:
        return {**ENVELOPE, "more": 1}

    async def ask_async(self) -> Any:
        return ENVELOPE


@pytest.mark.parametrize("function", [Bound().ask, Bound().ask_async])
def test_bound_methods_are_judged_like_agents(function: Any) -> None:
    with pytest.raises(Failed, match="no model"):
        ask(function)


def test_an_agents_own_declaration_decides() -> None:
    class Decides:
        def run(self) -> Any:
            return {"status": "rejected", "why": "too dear"}

        @staticmethod
        def kaizen_eatp_is_failure(output: Any) -> Any:
            return output["why"] if output["status"] == "rejected" else False

    with pytest.raises(Failed) as failed:
        ask(Decides())
    assert (failed.value.body["type"], failed.value.body["message"]) == ("AgentFailedError", "too dear")

    class Never(Bound):
        kaizen_eatp_is_failure = staticmethod(lambda output: False)

    assert ask(Never().ask)["more"] == 1


def test_the_option_decides_where_form_does_not() -> None:
    unclear = {"error": "INVALID_INPUT", "answer": "Please ask something."}
    assert ask(lambda: unclear) == unclear
    with pytest.raises(Failed, match="INVALID_INPUT"):
        ask(lambda: unclear, failures="error-key")
    assert ask(lambda: ENVELOPE, failures="raised") == ENVELOPE


def test_a_rule_that_is_none_is_refused() -> None:
    with pytest.raises(StartError, match="kaizen, error-key, raised"):
        adapt(lambda: 1, "x", failures="some")
