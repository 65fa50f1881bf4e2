"""Large values, written and read in many short steps.

A step in C keeps all threads of Python waiting, the one of the connection too. So no step takes more than a slice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import msgpack

from .containers import has_at_most
from .errors import NotPortableError
from .value_extensions import LEAVES, PAIRS, Unfit, to_extension
from .value_trouble import MAX_DEPTH
from .value_weight import is_plain

SLICE_BYTES = 128 * 1024
"""So many bytes are read in one step."""
SLICE_ELEMENTS = 20_000
"""A part of a value with no more elements than this is written in one step."""
MOST_CONTAINERS = 1_000_000
"""A value with more lists, dicts and extensions is refused before it is read: as many as it may have elements."""

_BATCH = 500
_PROTO = "__proto__"
_ONLY_STR = {str}
_CHANGED = "it changed while it was written; hand over a copy that nothing else changes"

# Replaced by the tests that count what is done in one step.
new_packer = msgpack.Packer
new_unpacker = msgpack.Unpacker


def unpack(data: bytes, extension: Callable[[int, bytes], Any]) -> Any:
    """The value in bytes, as the C decoder reads it.

    Raises:
        NotPortableError: The bytes are no value.
    """
    if not has_at_most(data, MOST_CONTAINERS):
        raise NotPortableError("$", f"the value has more than {MOST_CONTAINERS} lists and dicts")
    try:
        if len(data) <= SLICE_BYTES:
            return msgpack.unpackb(data, ext_hook=extension, strict_map_key=True, raw=False)
        return _unpack_slices(data, extension)
    except NotPortableError:
        raise
    except Exception as error:
        raise NotPortableError("$", f"these bytes are no value: {error or type(error).__name__}") from error


def _unpack_slices(data: bytes, extension: Callable[[int, bytes], Any]) -> Any:
    # It keeps what it has read so far when the bytes end, and goes on from there with the next ones.
    reader = new_unpacker(ext_hook=extension, strict_map_key=True, raw=False, max_buffer_size=len(data))
    view = memoryview(data)
    for at in range(0, len(data), SLICE_BYTES):
        reader.feed(view[at : at + SLICE_BYTES])
        try:
            value = reader.unpack()
        except msgpack.OutOfData:
            continue
        if reader.tell() != len(data):
            raise ValueError("more than one value")
        return value
    raise ValueError("the end comes too early")


def pack_slices(value: Any) -> bytes:
    """The bytes of a value, which may need forms that the packer does not know.

    Raises:
        Unfit, TypeError, ValueError, OverflowError: Something in it cannot cross.
    """
    writer = _Writer()
    writer.write(value, 0)
    return writer.packer.bytes()  # type: ignore[no-any-return]


class _Writer:
    def __init__(self) -> None:
        self.packer = new_packer(strict_types=True, default=to_extension, autoreset=False)

    def write(self, value: Any, depth: int) -> None:
        kind = type(value)
        if kind in LEAVES:
            self.packer.pack(value)
        elif depth >= MAX_DEPTH:
            raise Unfit
        elif kind is dict:
            if set(map(type, value)) - _ONLY_STR or _PROTO in value:
                self._write_pairs(value, depth)
            else:
                self._write_dict(value, depth)
        elif kind is list or kind is tuple:
            count = len(value)
            self.packer.pack_array_header(count)
            for items in _batches(iter(value), count):
                self._write_items(items, depth + 1)
        else:
            raise Unfit

    def _write_dict(self, value: dict[str, Any], depth: int) -> None:
        pack = self.packer.pack
        count = len(value)
        self.packer.pack_map_header(count)
        for entries in _batches(iter(value.items()), count):
            if self._fits([item for _, item in entries], depth + 1):
                for key, item in entries:
                    pack(key)
                    pack(item)
            else:
                for key, item in entries:
                    pack(key)
                    self.write(item, depth + 1)

    def _write_items(self, items: list[Any], depth: int) -> None:
        if self._fits(items, depth):
            deque(map(self.packer.pack, items), 0)
        else:
            for item in items:
                self.write(item, depth)

    def _write_pairs(self, value: dict[Any, Any], depth: int) -> None:
        flat = _Writer()
        count = len(value)
        flat.packer.pack_array_header(2 * count)
        for entries in _batches(iter(value.items()), count):
            for key, item in entries:
                if type(key) not in LEAVES:
                    raise Unfit
                flat.packer.pack(key)
                flat.write(item, depth + 1)
        self.packer.pack_ext_type(PAIRS, flat.packer.bytes())

    @staticmethod
    def _fits(items: list[Any], depth: int) -> bool:
        """Whether the packer can write these by itself: they are few, and not nested too deep from where they stand."""
        return is_plain(items, SLICE_ELEMENTS, MAX_DEPTH - depth + 1)


def _batches(items: Iterator[Any], count: int) -> Iterator[list[Any]]:
    """All items, which must be as many as the header says that was written before them.

    Other threads can change a value between two steps. With a wrong header, its bytes would read as another value.

    Raises:
        ValueError: There are more or fewer.
    """
    try:
        while batch := list(islice(items, _BATCH)):
            count -= len(batch)
            yield batch
    except RuntimeError as error:  # a dict notices it by itself
        raise ValueError(_CHANGED) from error
    if count != 0:
        raise ValueError(_CHANGED)
