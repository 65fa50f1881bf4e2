"""Calls a function or a method with an input: its fields by name, or the whole of it as the one parameter."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .constructing import needed_parameters, signature_of
from .errors import AgentInputError


def is_fields(value: Any) -> bool:
    """Whether an input is a set of named fields: a dict whose keys are strings."""
    return type(value) is dict and all(type(key) is str for key in value)


def is_coroutine_function(function: Any) -> bool:
    """Whether calling it gives a coroutine."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))


def is_async_function(function: Any) -> bool:
    """Whether calling it gives a coroutine or an async generator."""
    return (
        is_coroutine_function(function)
        or inspect.isasyncgenfunction(function)
        or inspect.isasyncgenfunction(getattr(function, "__call__", None))
    )


def fits(function: Callable[..., Any], fields: Mapping[str, Any]) -> bool:
    """Whether a function takes these fields by name, and needs no others."""
    signature = signature_of(function)
    if signature is None:
        return False
    parameters = signature.parameters.values()
    if any(p.kind is p.POSITIONAL_ONLY for p in parameters):
        return False
    keys = set(fields)
    named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    needed = {p.name for p in needed_parameters(function)}
    return needed <= keys and (keys <= named or any(p.kind is p.VAR_KEYWORD for p in parameters))


def function_caller(function: Callable[..., Any]) -> Callable[[Any], Any]:
    """A function from an input to what `function` returns for it.

    An int goes to a parameter that is annotated as `float` as a float: JavaScript has one type for both.
    """
    signature = signature_of(function)
    if signature is None:  # some built-ins have none
        return lambda value: function(value)
    parameters = signature.parameters.values()
    named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    needed = {p.name for p in needed_parameters(function)}
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    positional_only = any(p.kind is p.POSITIONAL_ONLY for p in parameters)
    whole = _whole_parameter(function, signature)
    floats = float_parameters(function)

    def call(value: Any) -> Any:
        if type(value) is dict and not positional_only:
            keys = value.keys()
            if needed <= keys and (takes_any and is_fields(value) or keys <= named):
                return function(**with_floats(value, floats))
        if whole is not None and (whole.takes_dict or type(value) is not dict):
            return function(float(value) if whole.name in floats and type(value) is int else value)
        raise AgentInputError(
            f"The input does not fit {getattr(function, '__qualname__', function)}{signature}: it "
            + (f"has the fields {', '.join(map(str, value)) or '(none)'}." if type(value) is dict else "is no set of fields."),
            "Name the fields like the parameters, or give the function one parameter for all.",
        )

    return call


def float_parameters(function: Callable[..., Any]) -> frozenset[str]:
    """The names of the parameters that are annotated as `float`."""
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # an annotation that cannot be resolved says nothing
        return frozenset()
    return frozenset(name for name, hint in hints.items() if hint is float and name != "return")


def with_floats(fields: dict[str, Any], floats: frozenset[str]) -> dict[str, Any]:
    """The fields, with ints turned into floats where a float is meant."""
    if not floats or not any(type(fields.get(name)) is int for name in floats):
        return fields
    return {name: float(item) if name in floats and type(item) is int else item for name, item in fields.items()}


@dataclass(frozen=True)
class _Whole:
    name: str
    takes_dict: bool


def _whole_parameter(function: Callable[..., Any], signature: inspect.Signature) -> _Whole | None:
    """Whether one parameter can take the whole input, and whether that may be a dict."""
    positional = [
        p for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    needed = [p for p in positional if p.default is p.empty]
    others = [p for p in needed_parameters(function) if p.kind is p.KEYWORD_ONLY]
    if others or len(needed) > 1 or not positional:
        return None
    parameter = needed[0] if needed else positional[0]
    try:
        hint = typing.get_type_hints(function).get(parameter.name, Any)
    except Exception:  # an annotation that cannot be resolved says nothing
        hint = Any
    origin = typing.get_origin(hint) or hint
    takes_dict = hint is Any or not isinstance(origin, type) or issubclass(origin, Mapping) or origin is object
    return _Whole(parameter.name, takes_dict)
