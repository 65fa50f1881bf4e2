"""Looks into an agent's code for what cannot work inside a worker: the keyboard, signals, an event loop of the main thread."""

from __future__ import annotations

import dis
import inspect
import sys
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapters import Agent

_SIGNALS = frozenset({"signal", "alarm", "setitimer", "set_wakeup_fd", "pause", "sigwait"})
_LIMIT = 300


def why_refused(agent: Agent) -> tuple[str, str] | None:
    """Why an agent cannot be served, and what to do; None if it can."""
    for code, names in _reachable(agent):
        if "input" in names.globals or "getpass" in names.globals or "getpass" in names.attributes:
            return (
                f"reads from the keyboard ({code.co_qualname}, line {code.co_firstlineno}), and a worker has none.",
                "Pass what it asks for as an input field, or give the agent a callback that asks elsewhere. "
                "If this code is never reached in a worker, join with --allow-input: the call then raises EOFError.",
            )
    return None


def why_separate(agent: Agent) -> str | None:
    """Why an agent must run in a process of its own; None if it need not."""
    if agent.is_async:
        return None
    for code, names in _reachable(agent):
        if "signal" in names.globals and names.attributes & _SIGNALS:
            return f"it handles signals ({code.co_qualname}), which only a main thread can"
        if {"get_event_loop", "run_until_complete"} <= names.attributes | names.globals:
            return f"it uses the main thread's event loop ({code.co_qualname})"
    return None


class _Names:
    __slots__ = ("attributes", "globals", "own")

    def __init__(self, code: types.CodeType) -> None:
        self.globals: set[str] = set()
        self.attributes: set[str] = set()
        for instruction in dis.get_instructions(code):
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                self.globals.add(str(instruction.argval))
            elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_NAME", "IMPORT_FROM"):
                self.attributes.add(str(instruction.argval))
                if instruction.opname != "LOAD_ATTR":
                    self.globals.add(str(instruction.argval)) if instruction.opname.startswith("IMPORT") else None


def _reachable(agent: Agent) -> Iterator[tuple[types.CodeType, _Names]]:
    """The code that a call of an agent can reach, within modules that are not installed packages."""
    obj = agent.obj
    cls = None if inspect.isfunction(obj) or inspect.ismethod(obj) else type(obj)
    waiting = [*_entries(agent, obj, cls), *_callbacks(obj)]
    seen: set[types.CodeType] = set()
    while waiting and len(seen) < _LIMIT:
        function = inspect.unwrap(waiting.pop())
        code = getattr(function, "__code__", None)
        if not isinstance(code, types.CodeType) or code in seen or _is_installed(code):
            continue
        module = getattr(function, "__globals__", {})
        for inner in _with_inner(code):
            seen.add(inner)
            names = _Names(inner)
            names.globals -= {name for name in names.globals if name in module and name in ("input",)}
            yield inner, names
            found = [module.get(name) for name in names.globals]
            found += [inspect.getattr_static(cls, name, None) for name in names.attributes] if cls else []
            waiting += [item for item in map(_plain, found) if inspect.isfunction(item)]


def _entries(agent: Agent, obj: Any, cls: type | None) -> list[Any]:
    if cls is None:
        return [obj.__func__ if inspect.ismethod(obj) else obj]
    names = [part.split("(")[0].strip() for part in agent.how.removeprefix("by its fields:").removeprefix("by role:").split(",")]
    names += ["run", "run_async", "__call__"] if agent.kind == "base_agent" or names[:1] == [""] else ["__call__"]
    return [_plain(inspect.getattr_static(cls, name, None)) for name in dict.fromkeys(names) if name.isidentifier()]


def _callbacks(obj: Any) -> list[Any]:
    """The functions that an object, its config and its strategy hold, such as an approval callback."""
    holders = [obj, getattr(obj, "config", None), getattr(obj, "strategy", None)]
    values = [value for holder in holders for value in getattr(holder, "__dict__", {}).values()]
    return [value for value in values if inspect.isfunction(value)]


def _plain(item: Any) -> Any:
    if isinstance(item, staticmethod | classmethod):
        return item.__func__
    return item.fget if isinstance(item, property) else item


def _with_inner(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _with_inner(constant)


def _is_installed(code: types.CodeType) -> bool:
    file = code.co_filename
    return "site-packages" in file or file.startswith((sys.base_prefix, "<frozen"))
