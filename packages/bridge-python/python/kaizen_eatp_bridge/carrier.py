"""Takes calls of the bridge's agents from any thread to the event loop that the connection runs on."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Any, Protocol

from .calls import OutgoingCalls, closed_error
from .context import Invocation
from .errors import BridgeError, InvocationCancelledError, RemoteAgentError

OnProgress = Callable[[bytes], None]


class Carrier(Protocol):
    """How a `RemoteAgent` reaches the bridge.

    `on_progress` is called on the thread, or the event loop, that the call is made on.
    """

    def call_blocking(
        self, fields: dict[str, Any], invocation: Invocation | None, on_progress: OnProgress | None
    ) -> bytes:
        """Makes a call and waits in this thread.

        Args:
            fields: Those of the INVOKE frame, without `call`.
            invocation: Of what it is part, if it is.
        """

    async def call_async(
        self, fields: dict[str, Any], invocation: Invocation | None, on_progress: OnProgress | None
    ) -> bytes:
        """Makes a call and waits on this event loop."""


class LoopCarrier:
    """Carries calls to one worker's event loop.

    Args:
        is_under_way: Whether an invocation is being served now.
    """

    def __init__(self, outgoing: OutgoingCalls, is_under_way: Callable[[Invocation], bool]) -> None:
        self._outgoing = outgoing
        self._is_under_way = is_under_way
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reason = "it was not opened"

    def open(self) -> None:
        """Calls go to the running event loop from now on."""
        self._loop = asyncio.get_running_loop()

    async def close(self, reason: str) -> None:
        """Ends all calls and takes no more."""
        with self._lock:
            self._loop = None
            self._reason = reason
        self._outgoing.close(reason)
        # Calls that other threads passed on before must still fail: one turn of the loop starts, one ends, one reports each.
        for _ in range(3):
            await asyncio.sleep(0)

    def call_blocking(
        self, fields: dict[str, Any], invocation: Invocation | None, on_progress: OnProgress | None
    ) -> bytes:
        if self._loop is not None and _running_loop() is self._loop:
            raise BridgeError(
                "run() would block the event loop that the connection with the bridge runs on.",
                "Write: await agent.run_async(…), or make the agent that calls it a blocking one, which gets a thread.",
            )
        # None says that the call is over.
        told: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        future = self._submit(fields, invocation, told.put if on_progress else None)
        try:
            if on_progress is not None:
                future.add_done_callback(lambda _: told.put(None))
                while (value := told.get()) is not None:
                    on_progress(value)
            return future.result()
        except concurrent.futures.CancelledError:
            raise closed_error(self._reason) from None
        except BaseException:
            future.cancel()
            raise

    async def call_async(
        self, fields: dict[str, Any], invocation: Invocation | None, on_progress: OnProgress | None
    ) -> bytes:
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return await self._call(fields, invocation, on_progress)
        tell = None if on_progress is None else told_on(loop, on_progress)
        return await asyncio.wrap_future(self._submit(fields, invocation, tell))

    def _submit(
        self, fields: dict[str, Any], invocation: Invocation | None, on_progress: OnProgress | None
    ) -> concurrent.futures.Future[bytes]:
        with self._lock:
            if self._loop is None:
                raise closed_error(self._reason)
            return asyncio.run_coroutine_threadsafe(self._call(fields, invocation, on_progress), self._loop)

    async def _call(
        self, fields: dict[str, Any], invocation: Invocation | None, on_progress: OnProgress | None
    ) -> bytes:
        # Looked at here, where nothing comes in between: in another session the same number is another's invocation.
        if invocation is not None and not self._is_under_way(invocation):
            raise InvocationCancelledError("The invocation that the call is part of is over.")
        deadline_ms = fields.get("deadline_ms")
        try:
            async with asyncio.timeout(None if deadline_ms is None else deadline_ms / 1000):
                return await self._outgoing.call(fields, on_progress)
        except TimeoutError:
            raise RemoteAgentError(
                f"{fields['agent']} did not answer within {deadline_ms} ms, and was stopped.", code="DEADLINE"
            ) from None


def told_on(loop: asyncio.AbstractEventLoop, on_progress: OnProgress) -> OnProgress:
    """Has a listener called on an event loop, in the context that this is called in."""
    here = contextvars.copy_context()

    def tell(value: bytes) -> None:
        loop.call_soon_threadsafe(on_progress, value, context=here)

    return tell


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
