"""Values as they cross the bridge: each arrives as what it was, or the call fails.

The table is in docs/protocol.md ("Values"). Types are compared exactly, so that a subclass is never
silently turned into its base.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import msgpack

from .errors import NotPortableError
from .value_extensions import LEAVES, PAIRS, Unfit, read_extension, to_extension
from .timestamp_mark import has_timestamp_mark
from .value_trouble import MAX_DEPTH, explain, key_path

_PROTO = "__proto__"

_ONLY_STR = {str}
_CONTAINERS = frozenset({dict, list, tuple})
# The C packer writes these as bytes, even with `strict_types`.
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
    except (Unfit, TypeError, ValueError, OverflowError, RecursionError):
        packed = _encode_with_care(value)
    if len(packed) > _KEPT_BUFFER:
        _local.__dict__.clear()
    return packed


def _encode_with_care(value: Any) -> bytes:
    try:
        packed: bytes = _packer().pack(_prepare(value, 0))
    except (Unfit, TypeError, ValueError, OverflowError, RecursionError) as error:
        # Only now is it worth knowing where the trouble is.
        explain(value, "$", 0)
        raise NotPortableError("$", f"the value cannot be written: {error}") from error
    return packed


def decode(data: bytes) -> Any:
    """The value in bytes that came.

    Raises:
        NotPortableError: The bytes hold something that is no value.
    """
    found_pairs: list[bool] = []

    def extension(code: int, payload: bytes) -> Any:
        if code == PAIRS:
            # Read later, outside of the C decoder, so that nested ones cannot exhaust its stack.
            found_pairs.append(True)
            return _Pairs(payload)
        return read_extension(code, payload)

    value = _unpack(data, extension)
    if found_pairs or _is_suspicious(data, value):
        return _inspect(value, "$", 0)
    return value


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
        _local.packer = msgpack.Packer(strict_types=True, default=to_extension, buf_size=4096)
        return _local.packer


def _prepare(value: Any, depth: int) -> Any:
    """The value itself when msgpack writes it correctly, else a copy with the dicts that need it replaced."""
    kind = type(value)
    if kind is dict:
        if depth >= MAX_DEPTH:
            raise Unfit
        if set(map(type, value)) - _ONLY_STR or _PROTO in value:
            return _pack_pairs(value, depth)
        items: Iterable[Any] = value.values()
    elif kind is list or kind is tuple:
        if depth >= MAX_DEPTH:
            raise Unfit
        items = value
    elif kind in LEAVES:
        return value
    else:
        raise Unfit
    others = set(map(type, items)) - LEAVES
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
        if type(key) not in LEAVES:
            raise Unfit
        flat.append(key)
        flat.append(_prepare(item, depth + 1))
    return msgpack.ExtType(PAIRS, _packer().pack(flat))


# --- arrival ----------------------------------------------------------------------------------------------------


def _unpack(data: bytes, extension: Callable[[int, bytes], Any]) -> Any:
    try:
        return msgpack.unpackb(data, ext_hook=extension, strict_map_key=True, raw=False)
    except NotPortableError:
        raise
    except Exception as error:
        raise NotPortableError("$", f"these bytes are no value: {error or type(error).__name__}") from error


_BIN_8, _BIN_16, _BIN_32 = 0xC4, 0xC5, 0xC6
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
    if _FIRST_OF_MARK in signs and has_timestamp_mark(data):
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
    """Whether the C packer is sure to have written the value as it is: its reader refuses keys that are not strings."""
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
    """Whether all keys are strings other than `__proto__`, all bytes are `bytes`, and nothing is nested too deep."""
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
        level = [item for item in items if item and type(item) in _CONTAINERS]
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
    if kind in LEAVES:
        return value
    raise NotPortableError(path, f"the extension type of {kind.__name__} is unknown")


def _inspect_items(value: Any, path: str, depth: int) -> Any:
    if type(value) is dict:
        if set(map(type, value)) - _ONLY_STR or _PROTO in value:
            raise NotPortableError(path, "a map's keys must be strings other than __proto__")
        if set(map(type, value.values())) - LEAVES:
            for key, item in value.items():
                value[key] = _inspect(item, key_path(path, key), depth + 1)
    elif set(map(type, value)) - LEAVES:
        for index, item in enumerate(value):
            value[index] = _inspect(item, f"{path}[{index}]", depth + 1)
    return value


def _read_pairs(payload: bytes, path: str, depth: int) -> dict[Any, Any]:
    flat = _unpack(payload, lambda code, data: _Pairs(data) if code == PAIRS else read_extension(code, data))
    if type(flat) is not list or len(flat) % 2:
        raise NotPortableError(path, "a dict must come as a list of keys and values in turn")
    keys = flat[::2]
    if set(map(type, keys)) - LEAVES:
        raise NotPortableError(path, "a list or a dict cannot be a key")
    found = {
        key: _inspect(item, key_path(path, key), depth + 1) for key, item in zip(keys, flat[1::2], strict=True)
    }
    if len(found) != len(keys):
        raise NotPortableError(path, "two keys of a dict are equal in Python")
    return found
