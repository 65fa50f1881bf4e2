"""Counts the tokens and the money that an agent uses, for the budgets of the run that it works in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .context import Invocation, current_invocation

# The attributes of Kaizen's AgentResult.
_TOKENS, _COST = "total_tokens", "cost"


def from_any_thread(send: Callable[[float, float], None]) -> Callable[[float, float], None]:
    """A function that calls `send` on the event loop that runs now: immediately from there, and soon from a thread."""
    home = asyncio.get_running_loop()

    def count(tokens: float, cost: float) -> None:
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        # The report of a coroutine must not come after its result.
        if here is home:
            send(tokens, cost)
        else:
            home.call_soon_threadsafe(send, tokens, cost)

    return count


def count_result(output: Any) -> Any:
    """Counts the usage that Kaizen's own `AgentResult` states. Returns the output."""
    invocation = current_invocation()
    if invocation is not None and type(output).__name__ == "AgentResult" and hasattr(output, _TOKENS):
        _count(invocation, getattr(output, _TOKENS), getattr(output, _COST, 0))
    return output


def _count(invocation: Invocation, tokens: Any, cost: Any) -> None:
    try:
        invocation.report_usage(tokens=tokens, cost=cost)
    except (ValueError, TypeError):  # an agent's own class of that name, with other values
        return
