"""Stops a worker on SIGTERM and SIGINT, whatever its event loop or its readers do."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Any

from .exit_codes import EXIT_OK
from .exits import exit_now
from .log_output import flush, say

_HURRY = 10.0
"""So long after the drain's end, in seconds, a worker that still runs is ended."""


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
            # Not on the event loop: an agent can block that, and Python's own handlers run nevertheless.
            signal.signal(number, self._on_signal)

    def start(self, worker: Any) -> None:
        """Names the worker, on its event loop."""
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        # Python's handlers run only when the main thread does; a signal has to wake the loop that it waits in.
        self._loop.add_signal_handler(signal.SIGTERM, self._on_signal, signal.SIGTERM, None)
        self._loop.add_signal_handler(signal.SIGINT, self._on_signal, signal.SIGINT, None)
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
        """Ends the process if it does not end by itself: its event loop may be blocked."""
        timer = threading.Timer(timeout + _HURRY, exit_now, (EXIT_OK,))
        timer.daemon = True
        timer.start()
