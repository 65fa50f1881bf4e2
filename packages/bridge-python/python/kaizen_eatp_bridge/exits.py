"""Keeps a worker running when an agent in it wants to end the process, or forks."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import weakref
from typing import Any

from .context import current_invocation

log = logging.getLogger("kaizen_eatp_bridge")

exit_now = os._exit
"""Python's own `os._exit`, which ends this process immediately."""


class AgentExit(SystemExit):
    """An agent called `os._exit()`. In a worker that ends its call, and nothing else."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the agent called os._exit({code}); the worker and the other agents go on")


def guard_exits() -> None:
    """From now on `os._exit()` in the course of an invocation ends that invocation, in this process; a fork can exit."""
    own = os.getpid()

    def guarded(code: int) -> Any:
        if os.getpid() == own and current_invocation() is not None:
            log.warning("an agent called os._exit(%s): its call fails, the worker goes on", code)
            raise AgentExit(code)
        exit_now(code)

    os._exit = guarded  # type: ignore[assignment]


def end_forks_of(loop: asyncio.AbstractEventLoop) -> None:
    """A fork of this process must not go on with the connection: it ends when the agent's code in it does.

    To be called on the loop's thread.
    """
    if not _loops and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_in_fork)
    _loops[threading.get_ident()] = weakref.ref(loop)


_loops: dict[int, weakref.ref[asyncio.AbstractEventLoop]] = {}


def _in_fork() -> None:
    reference = _loops.get(threading.get_ident())
    loop = reference() if reference is not None else None
    if loop is None or loop.is_closed():
        return
    # The agent's code may still do its part, but what else the loop has to do is for the parent alone.
    ready = getattr(loop, "_ready", None)
    if ready is not None:
        ready.clear()
    loop.call_soon(exit_now, 0)


def end_if_forked(pid: int) -> None:
    """Ends this process if it is a fork of the one with this id: what an agent returns in a fork is no answer."""
    if os.getpid() != pid:
        exit_now(0)
