"""Kaizen's role methods: which one the field names of an input stand for.

For objects that have no `run`, and for those whose signature does not take the fields of the role. Any other object is
called by `run` with the field names.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from .errors import AgentInputError

# Method → the fields that call for it. The first whose fields are all there is meant, so the more particular come first.
_ROLES: tuple[tuple[str, frozenset[str]], ...] = (
    ("aggregate_results", frozenset({"task_results", "request"})),
    ("delegate", frozenset({"request"})),
    ("execute_task", frozenset({"task_description"})),
    ("aggregate_votes", frozenset({"votes", "proposal"})),
    ("vote", frozenset({"proposal", "voter_perspective"})),
    ("judge_debate", frozenset({"topic", "proponent_argument", "opponent_argument"})),
    ("rebut", frozenset({"opponent_argument", "topic"})),
    ("construct_argument", frozenset({"topic", "position"})),
    ("create_proposal", frozenset({"topic"})),
)
_TIER_FIELDS = frozenset({"task", "tier_level"})

ROLE_METHODS: frozenset[str] = frozenset({name for name, _ in _ROLES} | {"evaluate_task"})
"""The methods by which an object without `run` can be an agent."""


def role_methods_of(obj: Any) -> list[str]:
    """The role methods that an object has."""
    return sorted(name for name in ROLE_METHODS if callable(getattr(obj, name, None)))


def has_role_method(obj: Any, fields: Mapping[str, Any]) -> bool:
    """Whether an object has the method that these fields stand for."""
    name = _method_for(fields)
    return name is not None and callable(getattr(obj, name, None))


def call_role(obj: Any, value: Any) -> Any:
    """Calls the role method that the fields of an input stand for.

    Raises:
        AgentInputError: They stand for none that the object has, or do not fit its parameters.
    """
    if type(value) is not dict:
        raise AgentInputError(
            f"{type(obj).__name__} has no run(), only role methods, and the input is no set of fields.",
            "Pass an object with the field names of a role, such as topic and position.",
        )
    name = _method_for(value)
    method = getattr(obj, name, None) if name else None
    if name is None or not callable(method):
        raise AgentInputError(
            f"{type(obj).__name__} has no method for an input with the fields {', '.join(map(str, value))}: "
            f"it has {', '.join(role_methods_of(obj))}" + (f", not {name}." if name else "."),
            "Give it a run() that takes these fields, or use it in another role.",
        )
    return method(**_arguments(obj, name, method, value))


def _method_for(fields: Mapping[str, Any]) -> str | None:
    names = set(fields)
    if names >= _TIER_FIELDS:
        return "evaluate_task" if _stage(fields.get("context")) == "evaluate" else "execute_task"
    return next((name for name, needed in _ROLES if names >= needed), None)


def _stage(context: Any) -> str:
    """A handoff asks a tier twice with the same fields; the context says which time this is."""
    try:
        told = json.loads(context) if isinstance(context, str) else context
        return str(told.get("stage", "execute"))
    except (ValueError, AttributeError):
        return "execute"


def _arguments(obj: Any, name: str, method: Callable[..., Any], fields: dict[str, Any]) -> dict[str, Any]:
    parameters = inspect.signature(method).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return fields
    taken = [p for p in parameters if p.kind is not p.VAR_POSITIONAL]
    arguments = {p.name: fields[p.name] for p in taken if p.name in fields}
    missing = [p.name for p in taken if p.default is p.empty and p.name not in arguments]
    for parameter in missing:
        arguments[parameter] = _stand_in(obj, name, parameter, fields)
    return arguments


def _stand_in(obj: Any, name: str, parameter: str, fields: dict[str, Any]) -> Any:
    """The older methods take a whole record where the signatures have its fields."""
    if name == "execute_task" and parameter == "task":
        return {
            "task_id": fields.get("task_id", ""),
            "description": fields.get("task_description", ""),
            **{key: item for key, item in fields.items() if key not in ("task_id", "task_description")},
        }
    raise AgentInputError(
        f"{type(obj).__name__}.{name} needs {parameter!r}, which the input does not have; "
        f"its fields are {', '.join(fields)}.",
        f"Give {name} a default for {parameter!r}, or a run() that takes the fields.",
    )
