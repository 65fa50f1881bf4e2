"""The end of a worker: agents are closed, and `atexit` handlers run, each for a limited time."""

from __future__ import annotations

import asyncio
import atexit
import inspect
import logging
import threading
from collections.abc import Iterable
from typing import Any

from .adapters import Agent
from .exits import exit_now

log = logging.getLogger("kaizen_eatp_bridge")

PATIENCE = 5.0
"""How long agents have to close, and `atexit` handlers to run, in seconds each."""


async def close_agents(agents: Iterable[Agent]) -> None:
    """Calls `close()` or `aclose()`, and `cleanup()`, of each agent that has them."""
    agents = list(agents)
    try:
        await _close_each(agents)
    finally:
        for agent in agents:
            if agent.own_loop is not None:
                agent.own_loop.close()


async def _close_each(agents: list[Agent]) -> None:
    seen: set[int] = set()
    closing = []
    for agent in agents:
        obj = getattr(agent.obj, "__self__", agent.obj)
        if obj is None or id(obj) in seen or inspect.isfunction(obj) or inspect.ismodule(obj):
            continue
        seen.add(id(obj))
        closing += [_close(agent, obj, name) for name in ("aclose", "close", "cleanup") if _is_closer(obj, name)]
    if not closing:
        return
    tasks = [asyncio.ensure_future(one) for one in closing]
    _, left = await asyncio.wait(tasks, timeout=PATIENCE)
    if left:
        log.warning("%d agents did not close within %g s and are left", len(left), PATIENCE)
        for task in left:
            task.cancel()


async def _close(agent: Agent, obj: Any, name: str) -> None:
    method = getattr(obj, name)
    try:
        if agent.own_loop is not None:
            await agent.own_loop.run(_called(method))
        elif agent.is_async or inspect.iscoroutinefunction(method):
            await _called(method)
        else:
            outcome = await _in_thread(method)
            if inspect.isawaitable(outcome):
                await outcome
    except Exception as error:
        log.warning("%s.%s() failed: %s: %s", type(obj).__name__, name, type(error).__name__, error)


async def _called(method: Any) -> None:
    outcome = method()
    if inspect.isawaitable(outcome):
        await outcome


def _in_thread(method: Any) -> asyncio.Future[Any]:
    """Calls it in a daemon thread: one that hangs must not keep the process, as an executor's would."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if not future.done():
            future.set_exception(error) if error is not None else future.set_result(result)

    def work() -> None:
        try:
            result, error = method(), None
        except Exception as raised:
            result, error = None, raised
        loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name="closing", daemon=True).start()
    return future


def _is_closer(obj: Any, name: str) -> bool:
    method = getattr(obj, name, None)
    if not callable(method):
        return False
    try:
        parameters = inspect.signature(method).parameters.values()
    except (ValueError, TypeError):
        return False
    return all(p.default is not p.empty or p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters)


def leave(code: int, flush: Any) -> None:
    """Runs `atexit` handlers, and ends this process.

    Args:
        flush: Writes what was logged; it must not block for long.
    """
    threading.Timer(PATIENCE, lambda: exit_now(code)).start()
    try:
        atexit._run_exitfuncs()
    except BaseException as error:
        log.warning("an atexit handler failed: %s: %s", type(error).__name__, error)
    flush()
    # An agent that hangs in a thread must not keep the process.
    exit_now(code)
