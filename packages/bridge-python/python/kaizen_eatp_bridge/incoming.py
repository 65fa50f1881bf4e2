"""An invocation that a bridge asked for, while it is under way."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

from .call_failures import code_of, failure_fields
from .context import Facts, Invocation
from .errors import BridgeError, InvocationCancelledError

# The bytes of a RESULT frame without the output.
_FRAME_OVERHEAD = 64


class Verifier(Protocol):
    """Judges whether an invocation was delegated to the agent that is to do it."""

    async def check(self, agent_id: str, proof: Mapping[str, Any] | None, payload: bytes, audience: str) -> Facts:
        """Returns what the invocation says of itself.

        Args:
            audience: The session and the call by which the proof came.

        Raises:
            ProofRefusedError: It is not shown that the agent may do this.
        """


class Call:
    """An invocation under way."""

    __slots__ = ("call", "code", "invocation", "is_begun", "task", "timer")

    def __init__(self, call: int, invocation: Invocation) -> None:
        self.call = call
        self.invocation = invocation
        self.code = "CANCELLED"
        self.is_begun = False
        self.task: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None


def read_invocation(body: Mapping[str, Any]) -> Invocation:
    """The invocation that an INVOKE frame asks for, without the facts that its proof shows."""
    trace = body.get("trace") or {}
    invocation = Invocation(
        body["agent"],
        body["call"],
        traceparent=trace.get("traceparent"),
        tracestate=trace.get("tracestate"),
        attempt=body.get("attempt") or 1,
        _idempotency_key=body.get("idempotency_key"),
    )
    deadline_ms = body.get("deadline_ms")
    if deadline_ms is not None:
        invocation.deadline = dt.datetime.now(dt.UTC) + dt.timedelta(milliseconds=min(deadline_ms, 2**40))
    return invocation


def failure_of(call: Call, error: BaseException) -> dict[str, Any]:
    """The fields of the FAIL frame for an invocation that ended with this error."""
    if isinstance(error, asyncio.CancelledError | InvocationCancelledError):
        # An agent can raise these by itself.
        code = call.code if call.invocation._cancelled is not None else "EXCEPTION"
    else:
        code = code_of(error)
    return failure_fields(call.call, call.invocation, code, error)


def check_size(output: bytes, limit: int) -> None:
    """Raises BridgeError `TOO_LARGE` for an output that no message can hold."""
    if len(output) + _FRAME_OVERHEAD > limit:
        raise BridgeError(
            f"The output has {len(output)} bytes; a message may have {limit}.",
            "Return less, or a reference to it, or raise maxMessage of the bridge.",
            code="TOO_LARGE",
        )


def is_being_cancelled() -> bool:
    """Whether the task that runs this code is being cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
