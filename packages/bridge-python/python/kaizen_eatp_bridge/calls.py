"""Calls of agents that the bridge serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from .connection import Link
from .errors import InvocationCancelledError, RemoteAgentError
from .frames import CANCEL, INVOKE

log = logging.getLogger("kaizen_eatp_bridge")

CALLS_AT_A_TIME = 512
"""So many calls are under way at a time that are not part of an invocation; a bridge refuses more than 1,024 of one worker."""

# The size of an INVOKE frame without its input.
_FRAME_OVERHEAD = 4096


class _Outgoing:
    __slots__ = ("future", "on_progress", "within")

    def __init__(
        self, future: asyncio.Future[bytes], on_progress: Callable[[bytes], None] | None, within: int | None
    ) -> None:
        self.future = future
        self.on_progress = on_progress
        self.within = within


class OutgoingCalls:
    """The calls that go the other way, from this worker to the bridge's agents. Runs on the link's event loop."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._last = 0
        self._calls: dict[int, _Outgoing] = {}
        self._within: dict[int, set[int]] = {}
        self._turns = asyncio.Semaphore(CALLS_AT_A_TIME)
        self._closed: str | None = None

    async def call(self, fields: dict[str, Any], on_progress: Callable[[bytes], None] | None = None) -> bytes:
        """Sends an INVOKE and waits for its end. If cancelled, it asks the bridge to stop the call.

        Args:
            fields: The frame's fields without `call`.
            on_progress: Given the bytes of each value that the agent reports.

        Raises:
            RemoteAgentError: It ended without a result.
            InvocationCancelledError: The invocation that it is part of was stopped.
        """
        self._check_size(fields["input"])
        if fields.get("within") is not None:
            # Never after others in turn: one of them may be waiting for the invocation that this is part of.
            return await self._call(fields, on_progress)
        async with self._turns:
            return await self._call(fields, on_progress)

    async def _call(self, fields: dict[str, Any], on_progress: Callable[[bytes], None] | None) -> bytes:
        if self._closed is not None:
            raise closed_error(self._closed)
        self._last += 1
        number = self._last
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        call = self._calls[number] = _Outgoing(future, on_progress, fields.get("within"))
        if call.within is not None:
            self._within.setdefault(call.within, set()).add(number)
        self._link.send(INVOKE, {"call": number, **fields}, len(fields["input"]))
        try:
            return await future
        finally:
            # The end of a call removes it, so it is still there only if its caller stopped waiting.
            # Another session may have given its number to another call.
            if self._calls.get(number) is call:
                self._stop(number, "the caller stopped waiting")

    def progress(self, number: int, value: bytes) -> None:
        """Takes a PROGRESS frame."""
        call = self._calls.get(number)
        if call is not None and call.on_progress is not None:
            try:
                call.on_progress(value)
            except Exception as error:  # such as an event loop that is closed: that must not end the connection
                log.warning("progress of call %d was dropped: %s", number, error)

    def result(self, number: int, output: bytes) -> None:
        """Takes a RESULT frame."""
        call = self._take_out(number)
        if call is not None and not call.future.done():
            call.future.set_result(output)

    def fail(self, body: dict[str, Any]) -> None:
        """Takes a FAIL frame."""
        self._end(
            body["call"],
            RemoteAgentError(
                body["message"], body["remedy"], code=body["code"], type=body["type"], traceback=body["traceback"]
            ),
        )

    def stop_within(self, invocation: int, reason: str) -> None:
        """An invocation is over, and so are the calls that are part of it."""
        for number in sorted(self._within.get(invocation, ())):
            future = self._calls[number].future
            self._stop(number, reason)
            if not future.done():
                future.set_exception(InvocationCancelledError(f"The invocation was stopped: {reason}"))

    def lost(self, reason: str) -> None:
        """Ends all calls: what became of them cannot be known."""
        self._last = 0
        for number in list(self._calls):
            self._end(
                number,
                RemoteAgentError(
                    f"The connection was lost, and whether the agent did its work is unknown: {reason}.",
                    "Look into the bridge's trail before calling again.",
                    code="DISCONNECTED",
                ),
            )

    def close(self, reason: str) -> None:
        """Ends all calls and takes no more."""
        self._closed = reason
        self.lost(reason)

    def _check_size(self, payload: bytes) -> None:
        terms = self._link.terms
        if terms is not None and len(payload) + _FRAME_OVERHEAD > terms.max_message:
            raise RemoteAgentError(
                f"The input has {len(payload)} bytes; a message may have {terms.max_message}.",
                "Pass less, or a reference to it.",
                code="TOO_LARGE",
            )

    def _take_out(self, number: int) -> _Outgoing | None:
        call = self._calls.pop(number, None)
        if call is not None and call.within is not None:
            numbers = self._within[call.within]
            numbers.discard(number)
            if not numbers:
                del self._within[call.within]
        return call

    def _stop(self, number: int, reason: str) -> None:
        self._take_out(number)
        self._link.send(CANCEL, {"call": number, "reason": reason})

    def _end(self, number: int, error: RemoteAgentError) -> None:
        call = self._take_out(number)
        if call is not None and not call.future.done():
            call.future.set_exception(error)


def closed_error(reason: str) -> RemoteAgentError:
    """A call that was never sent."""
    return RemoteAgentError(
        f"There is no connection with the bridge any more, and the agent was not called: {reason}.",
        "Call while the bridge is open, or open another.",
        code="CLOSED",
    )
