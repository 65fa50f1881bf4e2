"""Sixty kinds of values as agents return them, each with the plain value that it arrives as."""

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import pathlib
import types
import typing
import uuid
from typing import Any

UTC = dt.timezone.utc
TEN = dt.timezone(dt.timedelta(hours=10, minutes=30))
ID = uuid.UUID("12345678-1234-5678-1234-567812345678")


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Word(enum.StrEnum):
    YES = "yes"


@dataclasses.dataclass
class Result:
    answer: str
    confidence: float
    tags: set


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


Pair = collections.namedtuple("Pair", "first second")


class Scored(typing.NamedTuple):
    name: str
    score: float


class Fields(dict):
    pass


class Text(str):
    pass


class Rows(list):
    pass


KINDS: dict[str, tuple[Any, Any]] = {
    "None": (None, None),
    "True": (True, True),
    "False": (False, False),
    "zero": (0, 0),
    "int": (7, 7),
    "negative int": (-7, -7),
    "int of 53 bits": (2**53, 2**53),
    "int of 63 bits": (2**63 - 1, 2**63 - 1),
    "smallest int of 64 bits": (-(2**63), -(2**63)),
    "unsigned int of 64 bits": (2**64 - 1, 2**64 - 1),
    "int of 200 bits": (2**200 + 1, 2**200 + 1),
    "negative int of 200 bits": (-(2**200), -(2**200)),
    "float": (0.5, 0.5),
    "whole float": ([1.0], [1.0]),
    "whole floats and ints": ([1.0, 1, 2.0, 2], [1.0, 1, 2.0, 2]),
    "whole float in a dict": ({"score": 1.0, "count": 1}, {"score": 1.0, "count": 1}),
    "minus zero": (-0.0, -0.0),
    "smallest float": (5e-324, 5e-324),
    "float beyond 2^53": (1e300, 1e300),
    "infinity": (float("inf"), float("inf")),
    "minus infinity": (float("-inf"), float("-inf")),
    "str": ("hello", "hello"),
    "empty str": ("", ""),
    "str of two bytes each": ("äöü", "äöü"),
    "str beyond 16 bits": ("😀 𝒳", "😀 𝒳"),
    "str with a zero": ("a\0b", "a\0b"),
    "long str": ("x" * 70_000, "x" * 70_000),
    "bytes": (b"\x00\xff", b"\x00\xff"),
    "empty bytes": (b"", b""),
    "bytearray": (bytearray(b"ab"), b"ab"),
    "memoryview": (memoryview(b"ab"), b"ab"),
    "list": ([1, "a", None], [1, "a", None]),
    "empty list": ([], []),
    "nested lists": ([[[1]], []], [[[1]], []]),
    "tuple": ((1, 2), [1, 2]),
    "set": ({3}, [3]),
    "frozenset": (frozenset({"a"}), ["a"]),
    "range": (range(3), [0, 1, 2]),
    "deque": (collections.deque([1, 2]), [1, 2]),
    "dict": ({"a": 1}, {"a": 1}),
    "empty dict": ({}, {}),
    "dict with ints as keys": ({1: "a", 2: "b"}, {1: "a", 2: "b"}),
    "dict with mixed keys": ({"a": 1, None: 2, 1.5: 3}, {"a": 1, None: 2, 1.5: 3}),
    "dict with __proto__": ({"__proto__": 1}, {"__proto__": 1}),
    "dict subclass": (Fields(a=1), {"a": 1}),
    "OrderedDict": (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
    "defaultdict": (collections.defaultdict(list, a=[1]), {"a": [1]}),
    "Counter": (collections.Counter("aab"), {"a": 2, "b": 1}),
    "mappingproxy": (types.MappingProxyType({"a": 1}), {"a": 1}),
    "complex": (2 + 0.5j, {"real": 2.0, "imag": 0.5}),
    "dict views": ({"a": 1}.keys(), ["a"]),
    "str subclass": (Text("t"), "t"),
    "list subclass": (Rows([1]), [1]),
    "Enum": (Color.RED, "red"),
    "IntEnum": (Level.HIGH, 3),
    "StrEnum": (Word.YES, "yes"),
    "dataclass": (Result("a", 1.0, {"t"}), {"answer": "a", "confidence": 1.0, "tags": ["t"]}),
    "frozen dataclass with slots": (Point(1.0, 2.5), {"x": 1.0, "y": 2.5}),
    "namedtuple": (Pair(1, 2), {"first": 1, "second": 2}),
    "NamedTuple": (Scored("a", 2.0), {"name": "a", "score": 2.0}),
    "datetime": (dt.datetime(2026, 1, 2, 3, 4, 5, 6), dt.datetime(2026, 1, 2, 3, 4, 5, 6)),
    "datetime in UTC": (dt.datetime(2026, 1, 2, tzinfo=UTC), dt.datetime(2026, 1, 2, tzinfo=UTC)),
    "datetime with an offset": (dt.datetime(2026, 1, 2, tzinfo=TEN), dt.datetime(2026, 1, 2, tzinfo=TEN)),
    "date": (dt.date(2026, 1, 2), dt.date(2026, 1, 2)),
    "time": (dt.time(1, 2, 3), dt.time(1, 2, 3)),
    "timedelta": (dt.timedelta(days=-1, microseconds=5), dt.timedelta(days=-1, microseconds=5)),
    "Decimal": (decimal.Decimal("10.20"), decimal.Decimal("10.20")),
    "UUID": (ID, ID),
    "Path": (pathlib.PurePosixPath("/a/b"), "/a/b"),
    "exception within a value": ([ValueError("no")], [{"type": "ValueError", "message": "no"}]),
}


def names(_: Any) -> list:
    return list(KINDS)


def make(name: str) -> Any:
    return KINDS[name][0]


def compare(name: str, value: Any) -> str:
    """Returns an empty string if a value equals the plain one and has the same types, else both of them."""
    expected = KINDS[name][1]
    return "" if form(value) == form(expected) else f"{name}: {form(value)}, not {form(expected)}"


def form(value: Any) -> Any:
    """Describes a value so that values of different types have different descriptions, at any depth."""
    kind = type(value)
    if kind is dict:
        return [(form(key), form(item)) for key, item in value.items()]
    if kind is list:
        return ["list", *map(form, value)]
    return f"{kind.__name__} {value!r}"


def describe(value: Any) -> str:
    return repr(form(value))


def echo(value: Any) -> Any:
    return value
