"""Values as they cross the bridge: each arrives as what it was, or the call fails.

The table is in docs/protocol.md ("Values"). Types are compared exactly, so that a subclass is never
silently turned into its base.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any

import msgpack

from .errors import NotPortableError

MAX_DEPTH = 200
"""How deep lists and dicts may be nested."""

_DATETIME, _DATE, _TIME, _TIMEDELTA, _DECIMAL, _BIG_INT, _PAIRS, _UUID = range(33, 41)
_MICROSECOND = dt.timedelta(microseconds=1)
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1
_PROTO = "__proto__"

_SCALARS = frozenset({type(None), bool, int, float, str, bytes})
_EXTENSIONS = frozenset({dt.datetime, dt.date, dt.time, dt.timedelta, Decimal, uuid.UUID})
_LEAVES = _SCALARS | _EXTENSIONS
_ONLY_STR = {str}
_CONTAINERS = frozenset({dict, list, tuple})
# The C packer writes these as bytes, though it was told to be strict.
_OTHER_BYTES = frozenset({bytearray, memoryview})

# A packer keeps the largest buffer it ever needed, so one that grew beyond this is not kept.
_KEPT_BUFFER = 1 << 20


def encode(value: Any) -> bytes:
    """The bytes of a value.

    Raises:
        NotPortableError: Something in it cannot cross; the error names where, what, and what to convert it to.
    """
    try:
        packed: bytes = _packer().pack(value)
        if not _is_faithful(packed, value):
            packed = _packer().pack(_prepare(value, 0))
    except (_Unfit, TypeError, ValueError, OverflowError, RecursionError):
        packed = _encode_with_care(value)
    if len(packed) > _KEPT_BUFFER:
        _local.__dict__.clear()
    return packed


def _encode_with_care(value: Any) -> bytes:
    try:
        packed: bytes = _packer().pack(_prepare(value, 0))
    except (_Unfit, TypeError, ValueError, OverflowError, RecursionError) as error:
        # Only now is it worth knowing where the trouble is.
        _explain(value, "$", 0)
        raise NotPortableError("$", f"the value cannot be written: {error}") from error
    return packed


def decode(data: bytes) -> Any:
    """The value in bytes that came.

    Raises:
        NotPortableError: The bytes hold something that is no value.
    """
    found_pairs: list[bool] = []

    def extension(code: int, payload: bytes) -> Any:
        if code == _PAIRS:
            # Read later, outside of the C decoder, so that nested ones cannot exhaust its stack.
            found_pairs.append(True)
            return _Pairs(payload)
        return _read_extension(code, payload)

    value = _unpack(data, extension)
    if found_pairs or _is_suspicious(data, value):
        return _inspect(value, "$", 0)
    return value


class _Unfit(Exception):
    """Something cannot cross; `_explain` finds out what."""


class _Pairs:
    __slots__ = ("payload",)

    def __init__(self, payload: bytes) -> None:
        self.payload = payload


_local = threading.local()


def _packer() -> msgpack.Packer:
    # One for each thread: `default` runs Python code, in which another thread may get its turn.
    try:
        return _local.packer
    except AttributeError:
        _local.packer = msgpack.Packer(strict_types=True, default=_to_extension, buf_size=4096)
        return _local.packer


def _prepare(value: Any, depth: int) -> Any:
    """The value itself when msgpack writes it correctly, else a copy with the dicts that need it replaced."""
    kind = type(value)
    if kind is dict:
        if depth >= MAX_DEPTH:
            raise _Unfit
        if set(map(type, value)) - _ONLY_STR or _PROTO in value:
            return _pack_pairs(value, depth)
        items: Iterable[Any] = value.values()
    elif kind is list or kind is tuple:
        if depth >= MAX_DEPTH:
            raise _Unfit
        items = value
    elif kind in _LEAVES:
        return value
    else:
        raise _Unfit
    others = set(map(type, items)) - _LEAVES
    if not others:
        return value
    prepared = [_prepare(item, depth + 1) for item in items]
    if all(map(_is, prepared, items)):
        return value
    return dict(zip(value, prepared)) if kind is dict else prepared


def _is(a: Any, b: Any) -> bool:
    return a is b


def _pack_pairs(value: dict[Any, Any], depth: int) -> msgpack.ExtType:
    flat: list[Any] = []
    for key, item in value.items():
        if type(key) not in _LEAVES:
            raise _Unfit
        flat.append(key)
        flat.append(_prepare(item, depth + 1))
    return msgpack.ExtType(_PAIRS, _packer().pack(flat))


def _to_extension(value: Any) -> Any:
    kind = type(value)
    if kind is tuple:
        return list(value)
    if kind is dt.datetime or kind is dt.time:
        _check_time(value)
        code = _DATETIME if kind is dt.datetime else _TIME
        return msgpack.ExtType(code, value.isoformat().encode())
    if kind is dt.date:
        return msgpack.ExtType(_DATE, value.isoformat().encode())
    if kind is dt.timedelta:
        return msgpack.ExtType(_TIMEDELTA, str(value // _MICROSECOND).encode())
    if kind is Decimal:
        return msgpack.ExtType(_DECIMAL, str(value).encode())
    if kind is int:
        return msgpack.ExtType(_BIG_INT, str(value).encode())
    if kind is uuid.UUID:
        return msgpack.ExtType(_UUID, str(value).encode())
    raise _Unfit


def _check_time(value: dt.datetime | dt.time) -> None:
    """What `isoformat()` would leave out must not be there."""
    if value.tzinfo is None:
        if value.fold:
            raise ValueError("its fold=1 would be lost")
    elif value.utcoffset() is None:
        raise ValueError("its time zone has no fixed offset and would be lost")


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


def _explain(value: Any, path: str, depth: int) -> None:
    """Raises for the first thing in a value that cannot cross."""
    kind = type(value)
    if kind is dict:
        _explain_depth(path, depth)
        for key, item in value.items():
            here = _key_path(path, key)
            if type(key) not in _LEAVES:
                raise NotPortableError(
                    here, f"a key of type {_name(key)} cannot cross", "Use str, numbers, bytes or dates as keys."
                )
            _explain(key, here, depth)
            _explain(item, here, depth + 1)
    elif kind is list or kind is tuple:
        _explain_depth(path, depth)
        for index, item in enumerate(value):
            _explain(item, f"{path}[{index}]", depth + 1)
    elif kind in _LEAVES:
        try:
            _packer().pack(value)
        except Exception as error:
            raise NotPortableError(path, *_leaf_trouble(value, error)) from error
    else:
        raise NotPortableError(path, f"a value of type {_name(value)} cannot cross", _remedy_for(value))


def _explain_depth(path: str, depth: int) -> None:
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


def _key_path(path: str, key: Any) -> str:
    if type(key) is str and key.isidentifier():
        return f"{path}.{key}"
    try:
        text = repr(key)
    except Exception:
        text = f"<{_name(key)}>"
    return f"{path}[{text[:60]}]"


# --- arrival ----------------------------------------------------------------------------------------------------


def _unpack(data: bytes, extension: Callable[[int, bytes], Any]) -> Any:
    try:
        return msgpack.unpackb(data, ext_hook=extension, strict_map_key=True, raw=False)
    except NotPortableError:
        raise
    except Exception as error:
        raise NotPortableError("$", f"these bytes are no value: {error or type(error).__name__}") from error


_BIN_8, _BIN_16, _BIN_32 = 0xC4, 0xC5, 0xC6
# Extension -1, which the C codec reads by itself: its type, behind how long it is.
_TIMESTAMP_MARK = re.compile(rb"\xff(?:(?<=[\xd6\xd7]\xff)|(?<=[\xc7\x00][\x0c\x08\x04]\xff))")
_FIRST_OF_MARK = 0xFF
# All bytes but those that begin a list or a dict or bytes, end the mark, or occur in `__proto__` twice in a row.
_UNREMARKABLE = bytes(
    b
    for b in range(256)
    if not (0x80 <= b <= 0x9F or 0xDC <= b <= 0xDF or b in (_BIN_8, _BIN_16, _BIN_32, _FIRST_OF_MARK, ord("_")))
)


def _is_suspicious(data: bytes, value: Any) -> bool:
    """Whether bytes, and the value in them, could hold what the C codec lets pass.

    It may say yes for nothing, never no for something. Most data is judged by the few bytes of it that could be a sign:
    to pick them out once is many times faster than to look for each sign in all of it.
    """
    signs = data.translate(None, _UNREMARKABLE)
    if _FIRST_OF_MARK in signs and _TIMESTAMP_MARK.search(data):
        return True
    return (
        # A key could be bytes, or `__proto__`; there could be enough lists and dicts for too deep a nesting.
        _BIN_8 in signs
        or _BIN_16 in signs
        or _BIN_32 in signs
        or (b"____" in signs and b"__proto__" in data)
        or len(signs) - signs.count(b"_") > MAX_DEPTH
    ) and not _is_plain(value)


def _is_faithful(packed: bytes, value: Any) -> bool:
    """Whether what the C packer wrote is sure to be what is meant: its reader refuses keys that are no texts."""
    try:
        # The quickest way to read it, since what was read is not looked at.
        msgpack.unpackb(packed, ext_hook=_not_sure, strict_map_key=True, raw=True, use_list=False)
    except ValueError:
        return False
    # Looked for in the value itself: a bytearray comes back as bytes.
    return not _is_suspicious(packed, value)


def _not_sure(code: int, payload: bytes) -> None:
    raise ValueError("an extension may be one that the value brought along")


def _is_plain(value: Any) -> bool:
    """Whether all keys are texts other than `__proto__`, all bytes are `bytes`, and nothing is nested too deep."""
    if type(value) not in _CONTAINERS:
        return type(value) not in _OTHER_BYTES
    # All containers of one level together: a step in Python for each of them would cost more than the codec does.
    level = [value]
    for _ in range(MAX_DEPTH):
        dicts = [container for container in level if type(container) is dict]
        keys = set().union(*dicts)
        if set(map(type, keys)) - _ONLY_STR or _PROTO in keys:
            return False
        lists = level if not dicts else [container for container in level if type(container) is not dict]
        items = list(chain.from_iterable(chain(map(dict.values, dicts), lists)))
        kinds = set(map(type, items))
        if kinds & _OTHER_BYTES:
            return False
        if not kinds & _CONTAINERS:
            return True
        level = [item for item in items if type(item) in _CONTAINERS]
    return False


def _inspect(value: Any, path: str, depth: int) -> Any:
    """Refuses what the C decoder let pass, and puts dicts in the place of their pairs."""
    kind = type(value)
    if kind is dict or kind is list or kind is _Pairs:
        if depth >= MAX_DEPTH:
            raise NotPortableError(path[:80] + "…", f"the value is nested more than {MAX_DEPTH} levels deep")
        if kind is _Pairs:
            return _read_pairs(value.payload, path, depth)
        return _inspect_items(value, path, depth)
    if kind in _LEAVES:
        return value
    raise NotPortableError(path, f"the extension type of {kind.__name__} is unknown")


def _inspect_items(value: Any, path: str, depth: int) -> Any:
    if type(value) is dict:
        if set(map(type, value)) - _ONLY_STR or _PROTO in value:
            raise NotPortableError(path, "a map's keys must be texts, other than __proto__")
        if set(map(type, value.values())) - _LEAVES:
            for key, item in value.items():
                value[key] = _inspect(item, _key_path(path, key), depth + 1)
    elif set(map(type, value)) - _LEAVES:
        for index, item in enumerate(value):
            value[index] = _inspect(item, f"{path}[{index}]", depth + 1)
    return value


def _read_pairs(payload: bytes, path: str, depth: int) -> dict[Any, Any]:
    flat = _unpack(payload, lambda code, data: _Pairs(data) if code == _PAIRS else _read_extension(code, data))
    if type(flat) is not list or len(flat) % 2:
        raise NotPortableError(path, "a dict must come as a list of keys and values in turn")
    keys = flat[::2]
    if set(map(type, keys)) - _LEAVES:
        raise NotPortableError(path, "a list or a dict cannot be a key")
    found = {
        key: _inspect(item, _key_path(path, key), depth + 1) for key, item in zip(keys, flat[1::2], strict=True)
    }
    if len(found) != len(keys):
        raise NotPortableError(path, "two keys of a dict are equal in Python")
    return found


_DIGITS = re.compile(r"-?(?:0|[1-9][0-9]*)")


def _read_extension(code: int, payload: bytes) -> Any:
    read = _READERS.get(code)
    if read is None:
        raise NotPortableError("$", f"extension type {code} is unknown")
    try:
        text = payload.decode("ascii")
        value, canonical = read(text)
    except (ValueError, ArithmeticError) as error:
        raise NotPortableError("$", f"extension {code} cannot be read: {error}") from error
    # Only the one way of writing it counts, so that what is sent on is what came.
    if canonical != text:
        raise NotPortableError("$", f"extension {code} is not written as it must be: {text[:40]!r}")
    return value


def _read_datetime(text: str) -> tuple[Any, str]:
    value = dt.datetime.fromisoformat(text)
    return value, value.isoformat()


def _read_date(text: str) -> tuple[Any, str]:
    value = dt.date.fromisoformat(text)
    return value, value.isoformat()


def _read_time(text: str) -> tuple[Any, str]:
    value = dt.time.fromisoformat(text)
    return value, value.isoformat()


def _read_timedelta(text: str) -> tuple[Any, str]:
    value = dt.timedelta(microseconds=_read_digits(text))
    return value, str(value // _MICROSECOND)


def _read_decimal(text: str) -> tuple[Any, str]:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("not a decimal number") from error
    return value, str(value)


def _read_big_int(text: str) -> tuple[Any, str]:
    value = _read_digits(text)
    if _INT64_MIN <= value <= _UINT64_MAX:
        raise ValueError("an int within 64 bits is written as one")
    return value, str(value)


def _read_uuid(text: str) -> tuple[Any, str]:
    value = uuid.UUID(text)
    return value, str(value)


def _read_digits(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError("not decimal digits")
    return int(text)


_READERS: dict[int, Callable[[str], tuple[Any, str]]] = {
    _DATETIME: _read_datetime,
    _DATE: _read_date,
    _TIME: _read_time,
    _TIMEDELTA: _read_timedelta,
    _DECIMAL: _read_decimal,
    _BIG_INT: _read_big_int,
    _UUID: _read_uuid,
}
