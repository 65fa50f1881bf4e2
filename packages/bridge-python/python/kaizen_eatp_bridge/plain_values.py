"""Turns what agents return into values that can cross: docs/joining-python-agents.md has the table."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import inspect
import uuid
from collections.abc import Callable, Mapping, Sequence, Set
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from .errors import NotPortableError
from .value_extensions import LEAVES
from .value_trouble import MAX_DEPTH, key_path


def to_plain(value: Any, path: str = "$", depth: int = 0) -> Any:
    """The plain value that stands for a value. A value without a plain form stays as it is.

    Raises:
        NotPortableError: Two keys of a dict have the same plain form, or it is nested too deep.
    """
    kind = type(value)
    if kind in LEAVES:
        return value
    if depth > MAX_DEPTH:
        raise NotPortableError(path[:80] + "…", f"the value is nested more than {MAX_DEPTH} levels deep", "Is it part of itself?")
    if kind is dict:
        return _dict(value, path, depth)
    if kind is list or kind is tuple:
        return [to_plain(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    convert = _converter(kind)
    if convert is None:
        return value
    try:
        inner = convert(value)
    except NotPortableError:
        raise
    except Exception as error:
        raise NotPortableError(path, f"converting the {kind.__name__} raised {type(error).__name__}: {error}") from error
    return value if inner is value else to_plain(inner, path, depth + 1)


def _dict(value: Mapping[Any, Any], path: str, depth: int) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, item in value.items():
        plain = key if type(key) in LEAVES else to_plain(key, path, depth + 1)
        if type(plain) is list:
            plain = key  # a tuple cannot be a key; the error says so
        if plain in found:
            raise NotPortableError(key_path(path, key), "another key has the same plain form", "Use other keys.")
        found[plain] = to_plain(item, key_path(path, key), depth + 1)
    return found


def _converter(kind: type) -> Callable[[Any], Any] | None:
    if kind not in _known:
        _known[kind] = _find_converter(kind)
    return _known[kind]


_known: dict[type, Callable[[Any], Any] | None] = {}


def _find_converter(kind: type) -> Callable[[Any], Any] | None:
    module = kind.__module__.split(".")[0]
    if module == "numpy":
        return _numpy
    if module in ("pandas", "polars"):
        return _frame
    if issubclass(kind, enum.Enum):
        return lambda value: value.value
    if issubclass(kind, BaseException):
        return lambda value: {"type": kind.__name__, "message": str(value)}
    if dataclasses.is_dataclass(kind):
        return lambda value: {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if hasattr(kind, "model_fields") and callable(getattr(kind, "model_dump", None)):
        return lambda value: value.model_dump()
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return lambda value: dict(zip(kind._fields, value, strict=True))  # type: ignore[attr-defined]
    if hasattr(kind, "__attrs_attrs__"):
        return lambda value: {a.name: getattr(value, a.name) for a in kind.__attrs_attrs__}
    for base, convert in _BASES:
        if issubclass(kind, base):
            return convert
    to_dict = getattr(kind, "to_dict", None)
    if inspect.isfunction(to_dict) and len(inspect.signature(to_dict).parameters) == 1:
        return lambda value: value.to_dict()
    return None


def _sorted(value: Set[Any]) -> list[Any]:
    items = [to_plain(item) for item in value]
    try:
        return sorted(items)
    except TypeError:
        return sorted(items, key=lambda item: (type(item).__name__, repr(item)))


def _datetime(value: dt.datetime) -> dt.datetime:
    if value != value:  # pandas.NaT
        return None  # type: ignore[return-value]
    plain = dt.datetime(
        value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond, value.tzinfo
    )
    return plain.replace(fold=value.fold)


def _numpy(value: Any) -> Any:
    kind = type(value).__name__
    is_time = getattr(getattr(value, "dtype", None), "kind", "") in ("M", "m")
    if kind == "ndarray" and is_time:
        return list(value) if value.ndim else value[()]
    if kind in ("ndarray", "matrix", "recarray") or hasattr(value, "tolist") and getattr(value, "ndim", 0):
        return value.tolist()
    plain = value.item() if hasattr(value, "item") else value
    return _exact_time(value) if is_time and type(plain) is int else plain


def _exact_time(value: Any) -> Any:
    """A numpy time in nanoseconds: Python's own time where that is exact, else a string."""
    micro = value.astype(f"{type(value).__name__}[us]")
    return micro.item() if micro == value else str(value)


def _frame(value: Any) -> Any:
    kind = type(value).__name__
    if kind == "DataFrame":
        return value.to_dict("records") if type(value).__module__.startswith("pandas") else value.to_dicts()
    if kind in ("NaTType", "NAType"):
        return None
    if isinstance(value, dt.datetime):
        return value.to_pydatetime() if hasattr(value, "to_pydatetime") else _datetime(value)
    if isinstance(value, dt.timedelta):
        return value.to_pytimedelta() if hasattr(value, "to_pytimedelta") else dt.timedelta(seconds=value.total_seconds())
    if hasattr(value, "tolist"):
        return value.tolist()
    return value.to_list() if hasattr(value, "to_list") else value


_BASES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (bool, bool),
    (int, int),
    (float, float),
    (complex, lambda value: {"real": value.real, "imag": value.imag}),
    (str, lambda value: str.__str__(value)),
    (bytes, lambda value: bytes(value)),
    (bytearray, bytes),
    (memoryview, bytes),
    (PurePath, str),
    (dt.datetime, _datetime),
    (dt.date, lambda value: dt.date(value.year, value.month, value.day)),
    (dt.time, lambda value: dt.time(value.hour, value.minute, value.second, value.microsecond, value.tzinfo)),
    (dt.timedelta, lambda value: dt.timedelta(value.days, value.seconds, value.microseconds)),
    (Decimal, lambda value: Decimal(value.as_tuple())),
    (uuid.UUID, lambda value: uuid.UUID(int=value.int)),
    (Mapping, dict),
    (Set, _sorted),
    (collections.deque, list),
    (range, list),
    (collections.abc.ValuesView, list),
    (collections.abc.ItemsView, list),
    (Sequence, list),
)
