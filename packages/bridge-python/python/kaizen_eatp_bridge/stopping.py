"""Stops a worker on SIGTERM and SIGINT, whatever its event loop or its readers do."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from .exit_codes import EXIT_OK
from .exits import exit_now
from .log_output import flush, say

_LONGEST_END = 30.0
"""How long a worker can take after the drain to close its agents and to leave, in seconds."""
_PATIENCE = 3.0
"""How long its event loop can take for one turn by then, in seconds."""


class Stopper:
    """Stops one worker, once.

    Args:
        drain_timeout: How long what is under way may take after a signal, in seconds.
        on_stop: Called when the stop begins.
    """

    def __init__(self, drain_timeout: float, on_stop: Callable[[], None]) -> None:
        self._drain_timeout = drain_timeout
        self._on_stop = on_stop
        self._is_asked = False
        self._worker: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            # Not with the event loop's own handlers: an agent can block the loop, and Python's run nevertheless.
            signal.signal(number, self._on_signal)

    def start(self, worker: Any) -> None:
        """Names the worker, on its event loop."""
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        if self._is_asked:
            self._begin(self._drain_timeout, "the worker was asked to stop")

    def stop_from_thread(self, timeout: float, reason: str) -> None:
        """Begins to stop, from any thread."""
        self._on_stop()
        self._watch(timeout)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._begin, timeout, reason)

    def _on_signal(self, number: int, _frame: object) -> None:
        name = signal.Signals(number).name
        if self._is_asked:
            say(f"{name} again: stopping at once")
            flush()
            exit_now(EXIT_OK)
        self._is_asked = True
        if self._loop is None:
            self._on_stop()
            exit_now(EXIT_OK)
        say(f"{name}: finishing what is under way")
        self.stop_from_thread(self._drain_timeout, "the worker was asked to stop")

    def _begin(self, timeout: float, reason: str) -> None:
        if self._task is None and self._worker is not None:
            self._task = asyncio.ensure_future(self._worker.stop(timeout, reason))

    def _watch(self, timeout: float) -> None:
        """Ends the process if it does not end by itself, or as soon as its event loop turns out to be blocked."""

        def watch() -> None:
            end = time.monotonic() + timeout + _LONGEST_END
            time.sleep(timeout)
            while time.monotonic() < end and self._is_loop_alive():
                time.sleep(0.5)
            exit_now(EXIT_OK)

        threading.Thread(target=watch, name="stop", daemon=True).start()

    def _is_loop_alive(self) -> bool:
        turned = threading.Event()
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(turned.set)
        except RuntimeError:  # it is closed: the process ends, and may take its time for atexit handlers
            return True
        return turned.wait(_PATIENCE)
