"""`--strict-values`: an agent's output must be of the types that cross as what they are."""

from __future__ import annotations

import inspect
import types
import typing
from typing import TYPE_CHECKING, Any

from .errors import StartError
from .value_extensions import LEAVES

if TYPE_CHECKING:
    from .adapters import Agent



def check_annotations(agent: Agent, where: str) -> None:
    """Refuses an agent whose annotation says that its output is not of plain values.

    Raises:
        StartError: It says so.
    """
    function = _function_of(agent)
    try:
        hint = typing.get_type_hints(function).get("return", Any) if function else Any
    except Exception:  # an annotation that cannot be resolved says nothing
        return
    bad = _not_plain(hint, 0)
    if bad is not None:
        raise StartError(
            f"{where} returns {bad}, by its annotation, and --strict-values takes plain values only.",
            "Have it return dicts, lists, strings, numbers, bytes or dates, or leave out --strict-values.",
        )


def _function_of(agent: Agent) -> Any:
    if inspect.isroutine(agent.obj):
        return agent.obj
    return getattr(agent.obj, agent.how.split("(")[0], None)


def _not_plain(hint: Any, depth: int) -> str | None:
    """The first type in an annotation that is not plain, by name."""
    if hint is Any or hint is None or hint in LEAVES or depth > 8 or isinstance(hint, typing.TypeVar | str):
        return None
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        return None
    arguments = [a for a in typing.get_args(hint) if a is not Ellipsis and not isinstance(a, list)]
    if origin is typing.Union or origin is types.UnionType or origin in (typing.Annotated,):
        return next((bad for a in arguments if (bad := _not_plain(a, depth + 1))), None)
    kind = origin or hint
    if kind in (dict, list, tuple, object) or typing.is_typeddict(kind):
        return next((bad for a in arguments if (bad := _not_plain(a, depth + 1))), None)
    if not inspect.isclass(kind):
        return None
    if kind.__module__ in ("collections.abc", "typing"):
        return next((bad for a in arguments if (bad := _not_plain(a, depth + 1))), None)
    return f"{kind.__module__}.{kind.__qualname__}" if kind.__module__ != "builtins" else kind.__name__
