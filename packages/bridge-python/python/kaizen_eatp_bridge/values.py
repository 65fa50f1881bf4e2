"""Values as they cross the bridge: each arrives as what it was, or the call fails.

The table is in docs/protocol.md ("Values"). Types are compared exactly, so that a subclass is never
silently turned into its base.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import msgpack

from .errors import NotPortableError
from .timestamp_mark import has_timestamp_mark
from .value_arrival import inspect, pairs_reader
from .value_extensions import LEAVES, PAIRS, Unfit, to_extension
from .value_slices import SLICE_BYTES, pack_slices, unpack
from .value_trouble import MAX_DEPTH, explain
from .value_weight import is_plain, is_tiny, is_too_deep

_PROTO = "__proto__"

_ONLY_STR = {str}

# A packer keeps the largest buffer it ever needed, so one that grew beyond this is not kept.
_KEPT_BUFFER = 1 << 20
# Up to this size reading what was written costs less than to look through the value.
_READ_AGAIN = 4096
# Elements of a value that is written or judged in one step: some ten milliseconds.
_LIGHT = 100_000

_TROUBLE = (Unfit, TypeError, ValueError, OverflowError, RecursionError)


def encode(value: Any) -> bytes:
    """The bytes of a value.

    Raises:
        NotPortableError: Something in it cannot cross; the error names where, what, and what to convert it to.
    """
    packed = encode_light(value)
    return _encode_heavy(value) if packed is None else packed


def encode_light(value: Any) -> bytes | None:
    """The bytes of a value, or None where that takes long, or where something in the value is not plain."""
    try:
        packed: bytes | None = None
        if is_tiny(value):
            packed = _packer().pack(value)
            if len(packed) <= _READ_AGAIN:
                return packed if _is_faithful(packed, value) else _packer().pack(_prepare(value, 0))
        if not is_plain(value, _LIGHT):
            return None
        if packed is None:
            packed = _packer().pack(value)
    except _TROUBLE:
        return None
    if len(packed) > _KEPT_BUFFER:
        _local.__dict__.clear()
    return packed


def _encode_heavy(value: Any) -> bytes:
    try:
        return pack_slices(value)
    except _TROUBLE as error:
        # Only now is it worth knowing where the trouble is.
        explain(value, "$", 0)
        raise NotPortableError("$", f"the value cannot be written: {error}") from error


def is_light(data: bytes) -> bool:
    """Whether bytes are so few that reading them takes no long time."""
    return len(data) <= SLICE_BYTES


def decode(data: bytes) -> Any:
    """The value in bytes that came.

    Raises:
        NotPortableError: The bytes hold something that is no value.
    """
    pairs: list[bool] = []
    value = unpack(data, pairs_reader(pairs))
    if pairs or _is_suspicious(data, value):
        return inspect(value, "$", 0)
    return value


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


# --- what the C codec lets pass -----------------------------------------------------------------------------------


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
    has_bytes = _BIN_8 in signs or _BIN_16 in signs or _BIN_32 in signs
    if (
        # A key could be bytes, or `__proto__`; there could be a timestamp.
        has_bytes
        or (b"____" in signs and b"__proto__" in data)
        or (_FIRST_OF_MARK in signs and has_timestamp_mark(data))
    ):
        return not is_plain(value, len(data))
    return len(signs) - signs.count(b"_") > MAX_DEPTH and is_too_deep(value)


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
