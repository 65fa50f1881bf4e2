"""Values arrive unchanged or are refused. The scenarios test the bytes, this file types and messages."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import math
import random
import string
import threading
import uuid
from decimal import Decimal
from typing import Any, NamedTuple

import msgpack
import pytest
from typed import to_typed

from kaizen_eatp_bridge.errors import NotPortableError
from kaizen_eatp_bridge.values import MAX_DEPTH, decode, encode

CET = dt.timezone(dt.timedelta(hours=1))
GOOD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**53,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    2**64,
    -(2**63) - 1,
    10**400,
    -(10**400),
    0.0,
    -0.0,
    1.0,
    1e300,
    5e-324,
    math.inf,
    -math.inf,
    2.0**60,
    "",
    "naïve 日本語 🎉 \x00",
    "x" * 70_000,
    b"",
    b"\x00\xff",
    bytes(70_000),
    [],
    {},
    [[[]]],
    {"": None},
    {"a": {"b": [1, 2.0, "x", b"y", None]}},
    dt.datetime(2026, 11, 25, 9, 30, 0, 1),
    dt.datetime(1, 1, 1),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC),
    dt.datetime(2026, 1, 1, tzinfo=CET),
    dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(minutes=-210))),
    dt.date(2026, 11, 25),
    dt.time(9, 30),
    dt.time(9, 30, 0, 5, tzinfo=CET),
    dt.timedelta(days=-1, microseconds=1),
    dt.timedelta.max,
    dt.timedelta.min,
    Decimal("1.10"),
    Decimal("-0"),
    Decimal("1E+400"),
    Decimal("NaN"),
    Decimal("Infinity"),
    uuid.UUID(int=2**127),
    {1: "int key", "1": "str key", b"1": "bytes key", None: 0, 2.5: 0, 2**70: 0},
    {dt.date(2026, 1, 1): {(True): [{}]}},
    {"__proto__": {"x": 1}, "y": 2},
    [{"__proto__": 1}, {2: {3: {4: 5}}}],
]


@pytest.mark.parametrize("value", GOOD, ids=lambda v: f"{type(v).__name__}-{str(v)[:20]!r}")
def test_it_arrives_as_what_it_was(value: Any) -> None:
    assert to_typed(decode(encode(value))) == to_typed(value)
    nested = {"deep": [value, {"again": value}]}
    assert to_typed(decode(encode(nested))) == to_typed(nested)


def test_not_a_number_is_a_float() -> None:
    value = decode(encode(math.nan))
    assert type(value) is float and math.isnan(value)


def test_a_tuple_is_a_list_on_the_wire() -> None:
    assert decode(encode((1, (2, (), {"a": (3,)})))) == [1, [2, [], {"a": [3]}]]


def test_the_order_of_keys_stays() -> None:
    value = {"z": 1, "a": 2, "m": {"y": 1, "b": 2}}
    assert list(decode(encode(value))) == ["z", "a", "m"]
    assert list(decode(encode({3: 1, 1: 2, 2: 3}))) == [3, 1, 2]


class Sub(dict[str, Any]): ...


class SubList(list[Any]): ...


class SubStr(str): ...


class SubInt(int): ...


class SubFloat(float): ...


class SubBytes(bytes): ...


class SubDecimal(Decimal): ...


class SubDateTime(dt.datetime): ...


class Color(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 1


class Mood(enum.StrEnum):
    GOOD = "good"


class Point(NamedTuple):
    x: int


@dataclasses.dataclass
class Record:
    a: int


class Model:
    def model_dump(self) -> dict[str, Any]:
        return {}


class NoOffset(dt.tzinfo):
    def utcoffset(self, _: Any) -> None:
        return None

    def dst(self, _: Any) -> None:
        return None

    def tzname(self, _: Any) -> str:
        return "nowhere"


def generator() -> Any:
    yield 1


async def coroutine() -> None: ...


BAD: list[tuple[Any, str]] = [
    ({1, 2}, r"set.*sorted\(…\)"),
    (frozenset(), "frozenset"),
    (bytearray(b"x"), r"bytearray.*bytes\(…\)"),
    (bytearray(300), r"bytearray.*bytes\(…\)"),
    (bytearray(70_000), r"bytearray.*bytes\(…\)"),
    (memoryview(b"x"), "memoryview"),
    (1j, "complex"),
    (lambda: 1, "never code"),
    (print, "builtin_function"),
    (object(), "object"),
    (int, "type"),
    (..., "ellipsis"),
    (range(3), "range"),
    (generator(), r"generator.*list\(…\)"),
    (Sub(), "plain dict; a subclass"),
    (collections.OrderedDict(), "plain dict"),
    (collections.defaultdict(list), "plain dict"),
    (SubList(), "plain list"),
    (Point(1), "plain tuple"),
    (SubStr("x"), "plain str"),
    (SubInt(1), "plain int"),
    (SubFloat(1), "plain float"),
    (SubBytes(b"x"), "plain bytes"),
    (SubDecimal(1), "plain Decimal"),
    (SubDateTime(2026, 1, 1), "plain datetime"),
    (Color.RED, r"Pass its \.value"),
    (Level.HIGH, r"Pass its \.value"),
    (Mood.GOOD, r"Pass its \.value"),
    (Record(1), r"asdict"),
    (Model(), r"model_dump"),
    ("\ud800", "well-formed Unicode"),
    (msgpack.ExtType(37, b"1"), "ExtType"),
    (msgpack.ExtType(99, b"1"), "ExtType"),
    (msgpack.Timestamp(1), "Timestamp"),
    (dt.datetime(2026, 10, 25, 2, 30, fold=1), "fold=1"),
    (dt.datetime(2026, 1, 1, tzinfo=NoOffset()), "no fixed offset"),
    (dt.time(1, tzinfo=NoOffset()), "no fixed offset"),
    (10**5000, "too many digits"),
]


@pytest.mark.parametrize(("value", "why"), BAD, ids=[type(value).__name__ for value, _ in BAD])
def test_what_cannot_cross_is_named(value: Any, why: str) -> None:
    for wrapped, path in (
        (value, r"^\$: "),
        ([0, value], r"^\$\[1\]: "),
        ({"rows": [{"a": value}]}, r"^\$\.rows\[0\]\.a: "),
        ({"a b": (value,)}, r"^\$\['a b'\]\[0\]: "),
        ({7: {"x": value}}, r"^\$\[7\]\.x: "),
    ):
        with pytest.raises(NotPortableError, match=path) as refused:
            encode(wrapped)
        assert refused.value.code == "VALUE"
        assert isinstance(refused.value, ValueError)
        with pytest.raises(NotPortableError, match=why):
            encode(wrapped)


@pytest.mark.parametrize("key", [(1, 2), frozenset(), Color.RED, SubStr("x"), SubInt(1), "\ud800", object()])
def test_what_cannot_be_a_key(key: Any) -> None:
    for value in ({key: 1}, {"ok": 0, "in": [{key: 1}]}, {1: {key: 1}}):
        with pytest.raises(NotPortableError):
            encode(value)


def test_a_subclass_never_passes_as_its_base_wherever_it_stands() -> None:
    # The C packer looks at exact types only where that was requested; everything is tried at every place.
    for bad, _ in BAD:
        for good in ("x", 1, b"x", None):
            for value in ([good, bad], [[good], [bad]], {"a": good, "b": bad}, {"__proto__": bad}, {1: bad, 2: good}):
                with pytest.raises(NotPortableError):
                    encode(value)


def nested(levels: int, make: Any) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = make(value)
    return value


@pytest.mark.parametrize(
    "make", [lambda v: [v], lambda v: {"k": v}, lambda v: {1: v}, lambda v: (v,)], ids=["list", "map", "pairs", "tuple"]
)
def test_depth(make: Any) -> None:
    assert decode(encode(nested(MAX_DEPTH, make))) is not None
    for levels in (MAX_DEPTH + 1, 5000):
        with pytest.raises(NotPortableError, match="nested more than 200"):
            encode(nested(levels, make))


def test_a_value_that_holds_itself() -> None:
    ring: list[Any] = []
    ring.append(ring)
    loop: dict[Any, Any] = {}
    loop[1] = [loop]
    for value in (ring, loop):
        with pytest.raises(NotPortableError, match="part of itself"):
            encode(value)


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 600, 50_000])
def test_too_deep_on_arrival(levels: int) -> None:
    for bomb in (b"\x91" * levels + b"\xc0", b"\x81\xa1a" * levels + b"\xc0", _pairs_bomb(min(levels, 600))):
        with pytest.raises(NotPortableError):
            decode(bomb)


def _pairs_bomb(levels: int) -> bytes:
    inner = b"\xc0"
    for _ in range(levels):
        inner = msgpack.packb(msgpack.ExtType(39, b"\x92\x01" + inner))
    return inner


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\xc0\xc0",
        b"\x92\x01",
        b"\xdd\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xa2\xff\xfe",
        b"\x81\x01\x02",
        b"\x81\xc4\x01a\x01",
        b"\x81\xc0\x01",
        b"\x82\xa9__proto__\x01\xa1a\x02",
        msgpack.packb(msgpack.Timestamp(1)),
        msgpack.packb(msgpack.Timestamp(2**40, 1)),
        msgpack.packb([msgpack.Timestamp(2**31)]),
        msgpack.packb(msgpack.ExtType(32, b"x")),
        msgpack.packb(msgpack.ExtType(41, b"x")),
        msgpack.packb(msgpack.ExtType(38, b"5")),
        msgpack.packb(msgpack.ExtType(38, b"018446744073709551616")),
        msgpack.packb(msgpack.ExtType(38, b"1" * 5000)),
        msgpack.packb(msgpack.ExtType(38, "１８４４６７４４０７３７０９５５１６１６".encode())),
        msgpack.packb(msgpack.ExtType(33, b"2026-01-01T00:00:00Z")),
        msgpack.packb(msgpack.ExtType(33, b"2026-01-01")),
        msgpack.packb(msgpack.ExtType(34, b"20260101")),
        msgpack.packb(msgpack.ExtType(35, b"24:00")),
        msgpack.packb(msgpack.ExtType(36, b"1" * 40)),
        msgpack.packb(msgpack.ExtType(36, b"-0")),
        msgpack.packb(msgpack.ExtType(37, b" 1")),
        msgpack.packb(msgpack.ExtType(37, b"1_0")),
        msgpack.packb(msgpack.ExtType(40, b"{00000000-0000-0000-0000-000000000000}")),
        msgpack.packb(msgpack.ExtType(39, b"\x91\x01")),
        msgpack.packb(msgpack.ExtType(39, b"\x81\x01\x02")),
        msgpack.packb(msgpack.ExtType(39, b"\x92\x90\x01")),
        msgpack.packb(msgpack.ExtType(39, b"\x92\x80\x01")),
        msgpack.packb(msgpack.ExtType(39, msgpack.packb([1, 0, 1.0, 0]))),
        msgpack.packb(msgpack.ExtType(39, msgpack.packb([1, 0, True, 0]))),
        msgpack.packb(msgpack.ExtType(39, msgpack.packb(["a", 0, "a", 0]))),
        msgpack.packb(msgpack.ExtType(39, b"\x92" + msgpack.packb(msgpack.ExtType(39, b"\x90")) + b"\x01")),
        msgpack.packb(msgpack.ExtType(39, b"")),
    ],
    ids=lambda data: data.hex()[:40],
)
def test_bytes_that_are_no_value(data: bytes) -> None:
    with pytest.raises(NotPortableError):
        decode(data)
    with pytest.raises(NotPortableError):
        decode(b"\x91" + data if data else b"\x91")


@pytest.mark.parametrize("seed", range(30))
def test_random_values_arrive_as_what_they_were(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(100):
        value = random_value(rng, 4)
        assert to_typed(decode(encode(value))) == to_typed(value)


def random_value(rng: random.Random, depth: int) -> Any:
    kinds = 14 if depth > 0 else 10
    match rng.randrange(kinds):
        case 0:
            return rng.choice([None, True, False])
        case 1:
            return rng.randint(-(2 ** rng.randrange(1, 130)), 2 ** rng.randrange(1, 130))
        case 2:
            return rng.choice([rng.uniform(-1e9, 1e9), float(rng.randrange(100)), -0.0, math.inf])
        case 3:
            return "".join(rng.choices(string.printable + "äß日🎉", k=rng.randrange(40)))
        case 4:
            return rng.randbytes(rng.randrange(300))
        case 5:
            zone = rng.choice([None, dt.UTC, dt.timezone(dt.timedelta(minutes=rng.randrange(-700, 700)))])
            return dt.datetime(rng.randint(1, 9999), 1, 1, tzinfo=zone) + dt.timedelta(microseconds=rng.randrange(10**10))
        case 6:
            return dt.date.fromordinal(rng.randint(1, 3_000_000))
        case 7:
            return Decimal(rng.randint(-(10**20), 10**20)).scaleb(rng.randrange(-30, 30))
        case 8:
            return uuid.UUID(int=rng.getrandbits(128))
        case 9:
            return dt.timedelta(microseconds=rng.randint(-(10**15), 10**15))
        case 10 | 11:
            return [random_value(rng, depth - 1) for _ in range(rng.randrange(6))]
        case 12:
            return {f"k{rng.randrange(50)}": random_value(rng, depth - 1) for _ in range(rng.randrange(6))}
        case _:
            return {random_value(rng, 0): random_value(rng, depth - 1) for _ in range(rng.randrange(6))}


def test_threads_do_not_disturb_each_other() -> None:
    failures: list[Any] = []

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(300):
            value = random_value(rng, 4)
            if to_typed(decode(encode(value))) != to_typed(value):
                failures.append(value)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_ten_megabytes() -> None:
    value = {"rows": [{"id": n, "name": f"row {n}", "blob": b"x" * 400} for n in range(20_000)], "pairs": {1: 2}}
    data = encode(value)
    assert len(data) > 8_000_000
    assert decode(data) == value
