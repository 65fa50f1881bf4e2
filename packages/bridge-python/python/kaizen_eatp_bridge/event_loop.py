"""The event loop that a connection runs on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger("kaizen_eatp_bridge")


def run_on_loop(run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs a coroutine on an event loop of its own, with uvloop where that is installed.

    A SystemExit or KeyboardInterrupt that a task of an agent raises ends that task, and not the loop.
    """
    try:
        import uvloop

        factory: Callable[[], asyncio.AbstractEventLoop] | None = uvloop.new_event_loop
    except ImportError:
        factory = None
    with asyncio.Runner(loop_factory=factory) as runner:
        loop = runner.get_loop()
        task = loop.create_task(run())
        while True:
            try:
                return loop.run_until_complete(task)
            except (KeyboardInterrupt, SystemExit) as error:
                if task.done():
                    raise
                log.warning("an agent's task raised %s; the worker goes on", type(error).__name__)
