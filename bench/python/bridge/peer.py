"""The common part of the peers: they run on the event loop that a worker would use, and end with their parent process."""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any


def run(main: Coroutine[Any, Any, None]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    run_loop(main)


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main)


def ready(port: int) -> None:
    print(port, flush=True)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)
