"""How many elements a value has, and whether all of them cross as they are: judged without writing it."""

from __future__ import annotations

from itertools import chain
from typing import Any

from .value_extensions import LEAVES
from .value_trouble import MAX_DEPTH

_PROTO = "__proto__"
_ONLY_STR = frozenset({str})
CONTAINERS = frozenset({dict, list, tuple})
"""Types of values that hold others."""
_PLAIN = LEAVES | CONTAINERS
_TINY = 64


def is_tiny(value: Any) -> bool:
    """Whether a value has so few elements that nothing that is done with all of them takes time."""
    if type(value) not in CONTAINERS:
        return True
    room = _TINY
    found = [value]
    for container in found:
        room -= len(container)
        if room < 0:
            return False
        for item in container.values() if type(container) is dict else container:
            if type(item) in CONTAINERS:
                found.append(item)
    return True


def is_plain(value: Any, most: int, depth: int = MAX_DEPTH) -> bool:
    """Whether a value has no more than so many elements, and each is of a kind that the packer writes as it is.

    It looks at no more elements than that. All keys must be strings other than `__proto__`.

    Args:
        depth: How many levels of lists and dicts it may have.
    """
    if type(value) not in CONTAINERS:
        return type(value) in LEAVES
    room = most
    # All containers of one level together: a step in Python for each of them would cost more than the codec does.
    level = [value]
    for _ in range(depth):
        room -= sum(map(len, level))
        if room < 0:
            return False
        dicts = [container for container in level if type(container) is dict]
        lists = level
        if dicts:
            keys = set().union(*dicts)
            if not set(map(type, keys)) <= _ONLY_STR or _PROTO in keys:
                return False
            lists = [] if len(dicts) == len(level) else [each for each in level if type(each) is not dict]
        items = list(chain.from_iterable(map(dict.values, dicts)))
        items.extend(chain.from_iterable(lists))
        kinds = set(map(type, items))
        if not kinds <= _PLAIN:
            return False
        if not kinds & CONTAINERS:
            return True
        level = [item for item in items if type(item) in CONTAINERS]
    return False


def is_too_deep(value: Any) -> bool:
    """Whether lists and dicts that came are nested deeper than they may be."""
    if type(value) not in CONTAINERS:
        return False
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for container in level
            for item in (container.values() if type(container) is dict else container)
            if type(item) in CONTAINERS
        ]
        if not level:
            return False
    return True
