"""Finds the agents that specs name, in modules that know nothing of the bridge."""

from __future__ import annotations

import asyncio
import inspect
import re
import typing
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .adapters import Agent, adapt
from .constructing import construct, needed_parameters
from .errors import StartError
from .expressions import evaluate
from .importing import failed, import_module
from .isolation import why_refused, why_separate
from .methods import RUNNERS, default_verbs, is_portable
from .specs import AgentSpec, parse_spec
from .strict import check_annotations

__all__ = ["AgentSpec", "Found", "find_agent", "load_agent", "parse_spec"]


class Found:
    """What a spec names. The result of an async factory is still to be awaited, on the event loop that calls it later."""

    def __init__(self, spec: AgentSpec, obj: Any) -> None:
        self.spec = spec
        self._obj = obj

    @property
    def is_pending(self) -> bool:
        """Whether an async factory is to be awaited."""
        return inspect.iscoroutine(self._obj)

    async def agent(self) -> Agent:
        """The agent, made on this event loop where it comes from an async factory.

        Raises:
            StartError: The factory fails, or what it makes cannot be an agent.
        """
        was_pending = self.is_pending
        if was_pending:
            self._obj = await _awaited(self._obj, str(self.spec))
        agent = _finish(self.spec, self._obj)
        # An agent from an async factory can belong to its event loop, and is called there.
        return replace(agent, own_loop=None) if was_pending else agent


def find_agent(spec: AgentSpec) -> Found:
    """Imports what a spec names, and makes it.

    A class is instantiated; a config that it needs is made where all fields have defaults. A function without parameters
    is a factory: it is called once and what it returns is the agent. So is a function whose parameters all have defaults
    and whose annotation says that it returns something with run() or execute_async(), or, if it is named like a factory
    (`create_router`), with a method of its own. Any other function is itself the agent.

    Raises:
        StartError: The module, the target or something they need is missing, or cannot be an agent.
    """
    where = str(spec)
    obj = evaluate(spec.target, import_module(spec.module), where, construct)
    if not spec.is_called and (inspect.isclass(obj) or is_factory(obj)):
        obj = construct(obj, (), {}, where)
    return Found(spec, obj)


def load_agent(spec: AgentSpec, run: Callable[[Any], Any] = asyncio.run) -> Agent:
    """Finds an agent, and runs an async factory to its end.

    Args:
        run: Runs a coroutine.

    Raises:
        StartError: As `find_agent`.
    """
    found = find_agent(spec)
    return run(found.agent()) if found.is_pending else _finish(spec, found._obj)


def is_factory(obj: Any) -> bool:
    """Whether a function makes an agent, instead of being one."""
    if not inspect.isfunction(obj) or needed_parameters(obj) or _is_stream(obj):
        return False
    if not inspect.signature(obj).parameters:
        return True
    try:
        returned = typing.get_type_hints(obj).get("return")
    except Exception:  # an annotation that cannot be resolved says nothing
        return False
    names = (*RUNNERS, "execute_async", "to_agent", "execute_with_handoff", "execute_pipeline")
    if not inspect.isclass(returned):
        return False
    return any(callable(getattr(returned, name, None)) for name in names) or makes_worker(obj, returned)


def makes_worker(function: Any, returned: type) -> bool:
    """Whether a function that is named like a factory makes an object with methods of its own, and no value."""
    is_named_so = re.match(r"(make|create|build|new)_", function.__name__)
    if is_named_so is None or is_portable(returned) or issubclass(returned, BaseException):
        return False
    return bool(default_verbs(returned, is_base=False))


def _is_stream(function: Any) -> bool:
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


async def _awaited(coroutine: Any, where: str) -> Any:
    try:
        return await coroutine
    except StartError:
        raise
    except Exception as error:
        raise failed(where, error) from error


def _finish(spec: AgentSpec, obj: Any) -> Agent:
    where = str(spec)
    if inspect.isfunction(obj) and not inspect.signature(obj).parameters and not _is_stream(obj):
        raise StartError(f"{where} is or returns a function without parameters, which cannot be an agent.")
    agent = adapt(obj, where, spec.method, failures=spec.failures)
    refused = None if spec.allow_input else why_refused(agent)
    if refused is not None:
        raise StartError(f"{where} {refused[0]}", refused[1])
    if spec.strict:
        check_annotations(agent, where)
    return replace(agent, needs_process=why_separate(agent), is_strict=spec.strict)
