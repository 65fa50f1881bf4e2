"""Finds the methods by which an object can be called as an agent."""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any

from .functions import is_async_function
from .roles import role_methods_of

# Kaizen's pattern objects run whole, by the first of these that they have.
PATTERN_METHODS = ("debate", "execute_with_handoff", "execute_pipeline", "execute_async", "execute")
RUNNERS = ("run", "run_async")

# Methods that look after an agent instead of being its work.
_HOUSEKEEPING = re.compile(
    r"(get|set|is|has|add|remove|register|unregister|list|clear|reset|load|save|to|from|create|make|enable|disable|"
    r"attach|on|write|read|update|record|build|configure|validate|check|export|import|show|print|display|log|track|"
    r"select|discover|resolve|format|parse|extract|count|supports)_.*|close|aclose|cleanup|shutdown|start|stop|pause|"
    r"resume|connect|disconnect|interrupt|reset|clear|setup|teardown|init|initialize|main|demo|config|name|model|describe"
)


def is_instance(obj: Any, module: str, name: str) -> bool:
    """Whether an object is of a class that, if it is, must be imported already: the question imports nothing."""
    cls = getattr(sys.modules.get(module), name, None)
    return cls is not None and isinstance(obj, cls)


def is_base_agent(obj: Any) -> bool:
    """Whether an object is one of Kaizen's agents."""
    return is_instance(obj, "kaizen.core.base_agent", "BaseAgent")


def is_trusted_agent(obj: Any) -> bool:
    """Whether an object is a TrustedAgent of kailash.trust."""
    return is_instance(obj, "kailash.trust.agents.trusted_agent", "TrustedAgent")


def is_kaizens(cls: type) -> bool:
    """Whether a class comes from Kaizen, or from a class of it."""
    return any(base.__module__.split(".")[0] in ("kaizen", "kaizen_agents", "kailash") for base in cls.__mro__)


def pattern_method(cls: type) -> str | None:
    """The method that runs a whole pattern: a debate, a consensus, a handoff, a supervisor with workers; or None."""
    if any(callable(getattr(cls, name, None)) for name in (*RUNNERS, "to_agent")):
        return None
    is_pattern = any(base.__name__ == "BaseMultiAgentPattern" for base in cls.__mro__) or (
        re.search(r"(Pattern|Workflow)$", cls.__name__) and _MEMBERS & _parameters(cls)
    )
    return next((name for name in PATTERN_METHODS if callable(getattr(cls, name, None))), None) if is_pattern else None


_MEMBERS = frozenset({"agents", "workers", "supervisor", "proposer", "proponent", "tiers", "stages", "specialists"})


def is_portable(cls: type) -> bool:
    """Whether instances of a class are values, such as dataclasses and enums, and not things that work."""
    marks = ("__dataclass_fields__", "__attrs_attrs__", "model_fields", "_fields", "__members__", "to_dict")
    if any(hasattr(cls, mark) for mark in marks) or getattr(cls, "_is_protocol", False):
        return True
    return any(base.__module__ == "builtins" and base is not object for base in cls.__mro__)


def _parameters(made: Any) -> set[str]:
    try:
        return set(inspect.signature(made).parameters)
    except (ValueError, TypeError):
        return set()


def own_run(cls: type) -> str | None:
    """`run` or `run_async`, whichever the class itself is about; None if it has neither."""
    has = [name for name in RUNNERS if callable(getattr(cls, name, None))]
    if len(has) == 2:
        return "run_async" if depth_of(cls, "run_async") < depth_of(cls, "run") else "run"
    return has[0] if has else None


def depth_of(cls: type, name: str) -> int:
    """How far up in a class's bases a method is defined; 0 is the class itself."""
    return next((i for i, base in enumerate(cls.__mro__) if name in vars(base)), 0)


def verbs_of(cls: type) -> list[str]:
    """The methods that a class adds and that look like its work, such as `ask` or `analyze_security`; in their order."""
    own: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.split(".")[0] in ("builtins", "typing", "abc", "kailash", "pydantic", "enum"):
            continue
        if base.__module__ in _FRAMEWORK:
            continue
        for name, item in vars(base).items():
            if not name.startswith("_") and inspect.isfunction(item) and not _HOUSEKEEPING.fullmatch(name):
                own[name] = None
    return [name for name in own if name not in RUNNERS]


_FRAMEWORK = frozenset(
    {"kaizen.core.base_agent", "kaizen.core.a2a_mixin", "kaizen.core.mcp_mixin", "kaizen.core.output_extraction_mixin"}
    | {"kaizen.core.control_protocol_mixin", "kaizen.nodes.base", "kaizen_agents.wrapper_base"}
)


def default_verbs(cls: type, *, is_base: bool) -> list[str]:
    """The methods that are called in place of `run`, which the class does not define itself; may be empty.

    If a Kaizen agent adds several, the one that uses `self.run` is called, if only one does.
    """
    run = own_run(cls)
    if run is not None and not (is_base and _is_frameworks(cls, run)):
        return []
    verbs = verbs_of(cls)
    if role_methods_of(cls):
        return []
    if not is_base:
        return next(([name] for name in ("execute", "invoke") if name in verbs), verbs)
    taking = [name for name in verbs if len(_parameters(getattr(cls, name))) > 1]
    if len(verbs) <= 1 or len(taking) == 1:
        return taking or verbs
    running = [name for name in verbs if _uses_run(getattr(cls, name))]
    return running if len(running) == 1 else []


def blocks(function: Any) -> bool:
    """Whether a coroutine function calls its agent's blocking `run`, so that it would hold up an event loop."""
    names = _names_in(function)
    return is_async_function(function) and "run" in names and "run_async" not in names


def _is_frameworks(cls: type, name: str) -> bool:
    owner = next((base for base in cls.__mro__ if name in vars(base)), None)
    return owner is not None and owner.__module__ in _FRAMEWORK


def _uses_run(function: Any) -> bool:
    return bool({"run", "run_async"} & _names_in(function))


def _names_in(function: Any) -> set[str]:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return set(code.co_names) if code else set()
