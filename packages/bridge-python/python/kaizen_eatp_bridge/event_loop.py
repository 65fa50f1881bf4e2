"""The event loop that a connection runs on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_on_loop(run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs a coroutine on an event loop of its own, with uvloop where that is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(run())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())
