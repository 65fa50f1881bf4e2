"""An event loop of one agent's own, on a thread of its own: whatever blocks there holds up no other agent."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any


class OwnLoop:
    """An event loop that starts with its first coroutine and runs until the process ends.

    Args:
        name: The agent, for the thread's name.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def submit(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Runs a coroutine there, in the context of this call. Cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._open())

    async def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine there and waits for it on this event loop."""
        return await asyncio.wrap_future(self.submit(coroutine))

    def close(self) -> None:
        """Stops the loop. Coroutines that still run there are left."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(loop.stop)

    def _open(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=keep_running, args=(self._loop,), name=f"loop-{self._name}"[:64], daemon=True
                )
                thread.start()
            return self._loop


def keep_running(loop: asyncio.AbstractEventLoop) -> None:
    """Runs a loop until it is stopped. An agent's SystemExit or KeyboardInterrupt ends its task, not the loop."""
    asyncio.set_event_loop(loop)
    while True:
        try:
            loop.run_forever()
            return
        except (SystemExit, KeyboardInterrupt):
            continue
