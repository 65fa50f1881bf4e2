"""Calls of agents that the bridge serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from .connection import Link
from .errors import RemoteAgentError
from .frames import CANCEL, INVOKE
from .values import decode

log = logging.getLogger("kaizen_eatp_bridge")


class _Outgoing:
    __slots__ = ("future", "on_progress")

    def __init__(self, future: asyncio.Future[bytes], on_progress: Callable[[Any], None] | None) -> None:
        self.future = future
        self.on_progress = on_progress


class OutgoingCalls:
    """The calls that go the other way, from this worker to the bridge's agents. Runs on the link's event loop."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._last = 0
        self._calls: dict[int, _Outgoing] = {}

    async def call(
        self, fields: dict[str, Any], on_progress: Callable[[Any], None] | None = None
    ) -> bytes:
        """Sends an INVOKE and waits for its end.

        Args:
            fields: The frame's fields without `call`.
            on_progress: Told each value that the agent reports.

        Raises:
            RemoteAgentError: It ended without a result.
        """
        payload: bytes = fields["input"]
        terms = self._link.terms
        if terms is not None and len(payload) + 4096 > terms.max_message:
            raise RemoteAgentError(
                f"The input has {len(payload)} bytes; a message may have {terms.max_message}.",
                "Pass less, or a reference to it.",
                code="TOO_LARGE",
            )
        self._last += 1
        number = self._last
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._calls[number] = _Outgoing(future, on_progress)
        self._link.send(INVOKE, {"call": number, **fields}, len(payload))
        try:
            return await future
        except asyncio.CancelledError:
            if number in self._calls:
                self._link.send(CANCEL, {"call": number, "reason": "the caller stopped waiting"})
            raise
        finally:
            self._calls.pop(number, None)

    def progress(self, number: int, value: bytes) -> None:
        """Takes a PROGRESS frame."""
        call = self._calls.get(number)
        if call is None or call.on_progress is None:
            return
        try:
            call.on_progress(decode(value))
        except Exception as error:  # neither a bad value nor a listener's fault may end the connection
            log.warning("progress of call %d was dropped: %s", number, error)

    def result(self, number: int, output: bytes) -> None:
        """Takes a RESULT frame."""
        call = self._calls.pop(number, None)
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

    def _end(self, number: int, error: RemoteAgentError) -> None:
        call = self._calls.pop(number, None)
        if call is not None and not call.future.done():
            call.future.set_exception(error)
