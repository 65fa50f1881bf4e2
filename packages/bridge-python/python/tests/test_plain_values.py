"""Outputs of agents cross as documented plain values."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import pathlib
import types
import typing
import uuid
import zoneinfo
from decimal import Decimal
from typing import Any

import pytest

from kaizen_eatp_bridge.adapters import adapt
from kaizen_eatp_bridge.errors import NotPortableError, StartError
from kaizen_eatp_bridge.strict import check_annotations
from kaizen_eatp_bridge.values import decode
from kaizen_eatp_bridge.payloads import encode_value


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Word(enum.StrEnum):
    YES = "yes"


class Bits(enum.Flag):
    A = 1
    B = 2


@dataclasses.dataclass
class Inner:
    at: dt.date
    colors: set[Color]


@dataclasses.dataclass(slots=True)
class Outer:
    inner: Inner
    path: pathlib.Path


Point = collections.namedtuple("Point", "x y")


class Named(typing.NamedTuple):
    name: str
    level: Level


class Text(str):
    pass


class Number(int):
    pass


class Real(float):
    pass


class Rows(list):
    pass


class Fields(dict):
    pass


class Stamp(dt.datetime):
    pass


class HasDict:
    def to_dict(self) -> dict[str, Any]:
        return {"a": {1}}


class Attributes(collections.abc.Mapping):
    def __getitem__(self, key: str) -> int:
        return {"a": 1}[key]

    def __iter__(self) -> Any:
        return iter(["a"])

    def __len__(self) -> int:
        return 1


DAY = dt.date(2026, 11, 27)
NOON = dt.datetime(2026, 11, 27, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))

CASES: list[tuple[Any, Any]] = [
    ({3, 1, 2}, [1, 2, 3]),
    (frozenset("ba"), ["a", "b"]),
    ({1, "a"}, [1, "a"]),
    (set(), []),
    (Color.RED, "red"),
    (Level.HIGH, 3),
    (Word.YES, "yes"),
    (Bits.A | Bits.B, 3),
    ({Color.RED: 1}, {"red": 1}),
    (Outer(Inner(DAY, {Color.RED}), pathlib.Path("/tmp/x")), {"inner": {"at": DAY, "colors": ["red"]}, "path": "/tmp/x"}),
    (Point(1, 2), {"x": 1, "y": 2}),
    (Named("n", Level.HIGH), {"name": "n", "level": 3}),
    (Text("t"), "t"),
    (Number(7), 7),
    (Real(1.5), 1.5),
    (Rows([1, {2}]), [1, [2]]),
    (Fields(a={1}), {"a": [1]}),
    (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
    (collections.defaultdict(list, a=[1]), {"a": [1]}),
    (collections.Counter("aab"), {"a": 2, "b": 1}),
    (collections.deque([1, 2]), [1, 2]),
    (types.MappingProxyType({"a": 1}), {"a": 1}),
    (Attributes(), {"a": 1}),
    (range(3), [0, 1, 2]),
    ({"a": 1}.keys(), ["a"]),
    ({"a": 1}.values(), [1]),
    ({"a": 1}.items(), [["a", 1]]),
    (pathlib.PurePosixPath("a/b"), "a/b"),
    (bytearray(b"ab"), b"ab"),
    (memoryview(b"ab"), b"ab"),
    (1 + 2j, {"real": 1.0, "imag": 2.0}),
    (ValueError("no"), {"type": "ValueError", "message": "no"}),
    (Stamp(2026, 1, 2, 3), dt.datetime(2026, 1, 2, 3)),
    (NOON, dt.datetime(2026, 11, 27, 12, tzinfo=dt.timezone(dt.timedelta(hours=1)))),
    (HasDict(), {"a": [1]}),
    ({"deep": [{"set": {1}}]}, {"deep": [{"set": [1]}]}),
]


@pytest.mark.parametrize(("value", "plain"), CASES, ids=lambda v: type(v).__name__)
def test_each_arrives_as_its_plain_value(value: Any, plain: Any) -> None:
    arrived = decode(encode_value(value, "output"))
    assert arrived == plain
    assert type(arrived) is type(plain)


@pytest.mark.parametrize(
    "value",
    [None, True, 1, 2**70, 1.0, -0.0, "ä", b"\x00", [1], {"a": 1}, {1: 2}, DAY, Decimal("1.10"), uuid.UUID(int=5)],
    ids=repr,
)
def test_plain_values_stay_what_they_are(value: Any) -> None:
    arrived = decode(encode_value(value, "output"))
    assert repr(arrived) == repr(value)


def test_pydantic_models() -> None:
    pydantic = pytest.importorskip("pydantic")

    class Item(pydantic.BaseModel):
        color: Color
        path: pathlib.Path

    class Order(pydantic.BaseModel):
        items: list[Item]
        at: dt.date

    order = Order(items=[Item(color=Color.RED, path="/x")], at=DAY)
    assert decode(encode_value(order, "output")) == {"items": [{"color": "red", "path": "/x"}], "at": DAY}


def test_numpy_and_pandas_by_their_shape() -> None:
    """Stand-ins with the modules' names: the packages are not needed to install this one."""

    class Array:
        ndim = 1

        def tolist(self) -> list[float]:
            return [1.0, 2.0]

    class Scalar:
        ndim = 0

        def item(self) -> float:
            return 2.5

    class DataFrame:
        def to_dict(self, orient: str) -> list[dict[str, int]]:
            assert orient == "records"
            return [{"a": 1}]

    class Series:
        def tolist(self) -> list[int]:
            return [1, 2]

    Array.__name__, Array.__module__, Scalar.__module__ = "ndarray", "numpy", "numpy"
    DataFrame.__module__ = Series.__module__ = "pandas.core"
    value = {"array": Array(), "scalar": Scalar(), "frame": DataFrame(), "series": Series()}
    assert decode(encode_value(value, "output")) == {"array": [1.0, 2.0], "scalar": 2.5, "frame": [{"a": 1}], "series": [1, 2]}


@pytest.mark.parametrize("value", [CASES[i][0] for i in range(35) if CASES[i][0] is not NOON], ids=lambda v: type(v).__name__)
def test_strict_values_refuses_each(value: Any) -> None:
    with pytest.raises(NotPortableError, match=r"output \$"):
        encode_value(value, "output", strict=True)


@pytest.mark.parametrize("value", [print, lambda: 1, object(), [open], {"a": types}], ids=repr)
def test_what_has_no_plain_form_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(NotPortableError, match=r"output \$"):
        encode_value(value, "output")


def test_a_value_that_is_part_of_itself_and_keys_that_become_equal_are_refused() -> None:
    loop: Any = Rows()
    loop.append(loop)
    with pytest.raises(NotPortableError, match="levels deep"):
        encode_value(loop, "output")
    with pytest.raises(NotPortableError, match="same plain form"):
        encode_value({Color.RED: 1, "red": 2}, "output")


def returns_set() -> set[int]:
    return {1}


def returns_model(x: int) -> list[Outer] | None:
    return None


async def yields_enums() -> typing.AsyncIterator[Color]:
    yield Color.RED


def returns_plain() -> dict[str, list[int | None]]:
    return {}


@pytest.mark.parametrize(
    ("function", "named"),
    [(returns_set, "set"), (returns_model, "Outer"), (yields_enums, "Color"), (returns_plain, None), (lambda: 1, None)],
)
def test_strict_values_refuses_by_annotation_before_the_agent_runs(function: Any, named: str | None) -> None:
    agent = adapt(function, "x")
    if named is None:
        check_annotations(agent, "x")
        return
    with pytest.raises(StartError, match=rf"returns \S*{named}, by its annotation"):
        check_annotations(agent, "x")
