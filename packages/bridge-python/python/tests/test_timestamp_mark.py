"""Timestamps of MessagePack are found wherever they lie, in time that does not depend on what is around them."""

from __future__ import annotations

import random
import re
import time
from typing import Any

import msgpack
import pytest

from kaizen_eatp_bridge.errors import NotPortableError
from kaizen_eatp_bridge.timestamp_mark import has_timestamp_mark
from kaizen_eatp_bridge.values import decode, encode

MARKS = [b"\xd6\xff", b"\xd7\xff", *(bytes((a, b, 0xFF)) for a in (0xC7, 0x00) for b in (0x0C, 0x08, 0x04))]
PLAIN = re.compile(b"|".join(map(re.escape, MARKS)))


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("size", [0, 10, 10_000])
@pytest.mark.parametrize("filler", [b"\xff", b"a", b"\x00"])
def test_a_mark_is_found(mark: bytes, size: int, filler: bytes) -> None:
    assert has_timestamp_mark(filler * size + mark + filler * size)


def test_it_agrees_with_a_plain_search() -> None:
    source = random.Random(1)
    for _ in range(3_000):
        data = bytes(source.choices((0xD6, 0xD7, 0xFF, 0xC7, 0x00, 0x0C, 0x08, 0x04, 0x61), k=source.randrange(12)))
        assert has_timestamp_mark(data) is bool(PLAIN.search(data)), data.hex()
        large = b"a" * 5_000 + data
        assert has_timestamp_mark(large) is bool(PLAIN.search(large)), data.hex()


@pytest.mark.parametrize("timestamp", [msgpack.Timestamp(1), msgpack.Timestamp(2**33, 5), msgpack.Timestamp(-5, 1)])
def test_a_timestamp_among_bytes_of_ff_is_refused(timestamp: msgpack.Timestamp) -> None:
    with pytest.raises(NotPortableError, match="Timestamp"):
        decode(msgpack.packb([b"\xff" * 100_000, timestamp, b"\xff" * 100_000]))


def test_bytes_of_ff_cost_about_as_much_as_others() -> None:
    def cost(value: bytes) -> float:
        begin = time.process_time()
        assert decode(encode(value)) == value
        return time.process_time() - begin

    # A pattern with a look behind took fifty times longer.
    assert cost(b"\xff" * 4_000_000) < 0.05 + 20 * min(cost(b"a" * 4_000_000) for _ in range(3))


@pytest.mark.parametrize("empty", [[], {}])
@pytest.mark.parametrize("crowd", [0, 300])
def test_an_empty_container_counts_as_a_level(empty: Any, crowd: int) -> None:
    def nested(levels: int) -> Any:
        value = empty
        for _ in range(levels - 1):
            value = [value]
        return [value, *[[1] for _ in range(crowd)]] if crowd else value

    deepest = 200 - (1 if crowd else 0)
    assert decode(encode(nested(deepest))) == nested(deepest)
    with pytest.raises(NotPortableError, match="nested more than 200"):
        encode(nested(deepest + 1))
    with pytest.raises(NotPortableError, match="nested more than 200"):
        decode(msgpack.packb(nested(deepest + 1)))
