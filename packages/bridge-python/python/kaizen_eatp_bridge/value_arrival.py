"""Values that arrive: faults that the C decoder lets pass are refused, and pairs become dicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import NotPortableError
from .value_extensions import LEAVES, PAIRS, read_extension
from .value_slices import unpack
from .value_trouble import MAX_DEPTH, key_path

_PROTO = "__proto__"
_ONLY_STR = {str}


class _Pairs:
    __slots__ = ("payload",)

    def __init__(self, payload: bytes) -> None:
        self.payload = payload


def pairs_reader(found: list[bool]) -> Callable[[int, bytes], Any]:
    """Reads extensions. Pairs are left for `inspect`, outside of the C decoder, so that nested ones cannot exhaust its stack.

    Args:
        found: Gets an item for each extension that holds pairs.
    """

    def extension(code: int, payload: bytes) -> Any:
        if code == PAIRS:
            found.append(True)
            return _Pairs(payload)
        return read_extension(code, payload)

    return extension


def inspect(value: Any, path: str, depth: int) -> Any:
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
                value[key] = inspect(item, key_path(path, key), depth + 1)
    elif set(map(type, value)) - LEAVES:
        for index, item in enumerate(value):
            value[index] = inspect(item, f"{path}[{index}]", depth + 1)
    return value


def _read_pairs(payload: bytes, path: str, depth: int) -> dict[Any, Any]:
    flat = unpack(payload, pairs_reader([]))
    if type(flat) is not list or len(flat) % 2:
        raise NotPortableError(path, "a dict must come as a list of keys and values in turn")
    keys = flat[::2]
    if set(map(type, keys)) - LEAVES:
        raise NotPortableError(path, "a list or a dict cannot be a key")
    found = {
        key: inspect(item, key_path(path, key), depth + 1) for key, item in zip(keys, flat[1::2], strict=True)
    }
    if len(found) != len(keys):
        raise NotPortableError(path, "two keys of a dict are equal in Python")
    return found
