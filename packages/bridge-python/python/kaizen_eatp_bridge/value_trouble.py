"""Says what in a value cannot cross, where it stands, and what to convert it to."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgpack

from .errors import NotPortableError
from .value_extensions import LEAVES, to_extension

MAX_DEPTH = 200
"""How deep lists and dicts may be nested."""

_CONVERSIONS: dict[str, str] = {
    "set": "Convert it with sorted(…) or list(…).",
    "frozenset": "Convert it with sorted(…) or list(…).",
    "bytearray": "Convert it with bytes(…).",
    "memoryview": "Convert it with bytes(…).",
    "ndarray": "Convert it with .tolist().",
    "DataFrame": "Convert it with .to_dict('records').",
    "Series": "Convert it with .tolist().",
    "complex": "Pass its real and imaginary parts.",
    "function": "Only values cross, never code.",
    "coroutine": "Await it first.",
    "generator": "Convert it with list(…).",
}


def _remedy_for(value: Any) -> str:
    kind = type(value)
    if kind.__name__ in _CONVERSIONS:
        return _CONVERSIONS[kind.__name__]
    if hasattr(value, "model_dump"):
        return "Convert it with .model_dump()."
    if hasattr(kind, "__dataclass_fields__"):
        return "Convert it with dataclasses.asdict(…)."
    if hasattr(kind, "__members__"):
        return "Pass its .value."
    if hasattr(kind, "dtype"):
        return "Convert it with .item()."
    for base in (bool, dt.datetime, dt.date, int, float, str, bytes, dict, list, tuple, Decimal):
        if isinstance(value, base):
            return f"Convert it to a plain {base.__name__}; a subclass would arrive as something else."
    return "Convert it to a dict of plain values."


def explain(value: Any, path: str, depth: int) -> None:
    """Raises for the first thing in a value that cannot cross."""
    kind = type(value)
    if kind is dict:
        _check_depth(path, depth)
        for key, item in value.items():
            here = key_path(path, key)
            if type(key) not in LEAVES:
                raise NotPortableError(
                    here, f"a key of type {_name(key)} cannot cross", "Use str, numbers, bytes or dates as keys."
                )
            explain(key, here, depth)
            explain(item, here, depth + 1)
    elif kind is list or kind is tuple:
        _check_depth(path, depth)
        for index, item in enumerate(value):
            explain(item, f"{path}[{index}]", depth + 1)
    elif kind in LEAVES:
        try:
            msgpack.packb(value, strict_types=True, default=to_extension)
        except Exception as error:
            raise NotPortableError(path, *_leaf_trouble(value, error)) from error
    else:
        raise NotPortableError(path, f"a value of type {_name(value)} cannot cross", _remedy_for(value))


def _check_depth(path: str, depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise NotPortableError(
            path[:80] + "…", f"the value is nested more than {MAX_DEPTH} levels deep", "Is it part of itself?"
        )


def _leaf_trouble(value: Any, error: Exception) -> tuple[str, str]:
    if isinstance(error, UnicodeEncodeError):
        return "the text is not well-formed Unicode", "Decode it with errors='replace', or pass bytes."
    if type(value) is int:
        return "the int has too many digits", "Pass it as a str."
    return f"this {_name(value)} cannot cross: {error}", "Pass it with a fixed offset, in UTC for instance."


def _name(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def key_path(path: str, key: Any) -> str:
    if type(key) is str and key.isidentifier():
        return f"{path}.{key}"
    try:
        text = repr(key)
    except Exception:
        text = f"<{_name(key)}>"
    return f"{path}[{text[:60]}]"
