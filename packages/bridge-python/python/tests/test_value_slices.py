"""Large values are written and read in short steps, and away from the event loop."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgpack
import pytest

from kaizen_eatp_bridge import payloads, value_slices
from kaizen_eatp_bridge.errors import NotPortableError
from kaizen_eatp_bridge.value_slices import SLICE_BYTES, SLICE_ELEMENTS
from kaizen_eatp_bridge.values import decode, encode

COUNT = 4 * SLICE_ELEMENTS
NOW = dt.datetime(2026, 11, 22, 8, 6, 29, tzinfo=dt.UTC)


def deep(levels: int, inner: Any) -> Any:
    for _ in range(levels):
        inner = [inner]
    return inner


# More elements than are written without slices.
LARGE: dict[str, Any] = {
    "floats": [i + 0.5 for i in range(6 * COUNT)],
    "empty dicts": [{} for _ in range(6 * COUNT)],
    "records": [{"i": i, "half": i + 0.5, "tags": ["a", "b"]} for i in range(COUNT)],
    "a dict": {f"k{i}": i for i in range(6 * COUNT)},
    "a dict of numbers": {i: [i] for i in range(COUNT)},
    "one long list below others": deep(150, list(range(6 * COUNT))),
    "lists in lists": [[[[i] for i in range(50)] for _ in range(50)] for _ in range(50)],
    "extensions": [NOW for _ in range(COUNT)],
    "a mixture": [{"x": {1: [NOW, b"bytes", "\u00e9" * 30, None, True]}} for _ in range(COUNT)],
    "one string": "\u65e5" * (4 * SLICE_BYTES),
    "bytes": b"\xff" * (16 * SLICE_BYTES),
}


def elements(value: Any) -> int:
    found = 0
    level = [value]
    while level:
        found += len(level)
        level = [
            item
            for each in level
            if type(each) in (dict, list, tuple)
            for item in (each.values() if type(each) is dict else each)
        ]
    return found


class Steps:
    """The most that one call of the codec did."""

    def __init__(self) -> None:
        self.most_written = self.most_read = self.count = 0


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    taken = Steps()

    class Packer:
        def __init__(self, **options: Any) -> None:
            self._inner = msgpack.Packer(**options)
            for name in ("pack_map_header", "pack_array_header", "pack_ext_type", "bytes"):
                setattr(self, name, getattr(self._inner, name))

        def pack(self, value: Any) -> None:
            taken.count += 1
            taken.most_written = max(taken.most_written, elements(value))
            self._inner.pack(value)

    class Unpacker:
        def __init__(self, **options: Any) -> None:
            self._inner = msgpack.Unpacker(**options)
            self.unpack, self.tell = self._inner.unpack, self._inner.tell

        def feed(self, data: memoryview) -> None:
            taken.count += 1
            taken.most_read = max(taken.most_read, len(data))
            self._inner.feed(data)

    monkeypatch.setattr(value_slices, "new_packer", Packer)
    monkeypatch.setattr(value_slices, "new_unpacker", Unpacker)
    yield taken


@pytest.mark.parametrize("kind", LARGE)
def test_a_large_value_comes_back_and_no_step_is_larger_than_a_slice(kind: str, steps: Steps) -> None:
    value = LARGE[kind]
    packed = value_slices.pack_slices(value)
    assert 0 < steps.most_written <= SLICE_ELEMENTS
    steps.count = 0
    assert decode(packed) == value
    assert len(packed) <= SLICE_BYTES or steps.count > 1
    assert steps.most_read <= SLICE_BYTES


@pytest.mark.parametrize("kind", LARGE)
def test_a_large_value_is_written_as_a_small_one_is(kind: str) -> None:
    value = LARGE[kind]
    part = value[:50] if isinstance(value, list | str | bytes) else dict(list(value.items())[:50])
    assert decode(value_slices.pack_slices(part)) == part == decode(encode(part))
    assert encode(value) == value_slices.pack_slices(value)


def test_large_bytes_that_are_no_value_are_refused() -> None:
    packed = encode(LARGE["records"])
    for broken in (packed[:-1], packed + b"\xc0", b"\xc1" + packed, packed[:-3] + b"\xc1" + packed[-2:]):
        with pytest.raises(NotPortableError):
            decode(broken)


def test_what_cannot_cross_in_a_large_value_is_named() -> None:
    value = [*LARGE["floats"], {"x": object()}]
    with pytest.raises(NotPortableError, match=rf"\$\[{len(value) - 1}\]\.x"):
        encode(value)
    with pytest.raises(NotPortableError, match="nested more than 200"):
        encode([*LARGE["floats"], deep(201, 1)])
    assert decode(encode([*LARGE["floats"], deep(199, 1)]))[-1] == deep(199, 1)


def test_large_values_are_read_and_written_in_a_thread_and_small_ones_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    where: list[str] = []
    for name in ("decode_input", "encode_value"):
        original = getattr(payloads, name)

        def noting(*given: Any, _original: Any = original, **options: Any) -> Any:
            where.append(threading.current_thread().name)
            return _original(*given, **options)

        monkeypatch.setattr(payloads, name, noting)
    loop_thread = threading.current_thread().name

    async def cross(threads: ThreadPoolExecutor) -> None:
        for value in ("small", LARGE["records"], {"kind": {1, 2}}):
            packed = await payloads.encode_aside(value, "output", threads, strict=False)
            await payloads.decode_aside(packed, threads)

    with ThreadPoolExecutor(1, thread_name_prefix="values") as threads:
        asyncio.run(cross(threads))
    # A small plain value is written by neither: it takes the short way.
    assert [name.split("_")[0] for name in where] == [loop_thread, "values", "values", "values", loop_thread]


def test_the_event_loop_goes_on_while_a_large_value_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def reading(payload: bytes) -> Any:
        begun.set()
        # Only the event loop lets it go on.
        assert go_on.wait(60)
        return decode(payload)

    monkeypatch.setattr(payloads, "decode_input", reading)

    async def read(threads: ThreadPoolExecutor) -> Any:
        reading = asyncio.ensure_future(payloads.decode_aside(encode(LARGE["floats"]), threads))
        await asyncio.to_thread(begun.wait, 60)
        go_on.set()
        return await reading

    with ThreadPoolExecutor(1) as threads:
        assert asyncio.run(read(threads)) == LARGE["floats"]


@pytest.mark.parametrize("kind", ["list", "dict", "pairs"])
@pytest.mark.parametrize("change", ["grows", "shrinks"])
def test_a_value_that_another_thread_changes_while_it_is_written_is_refused(
    kind: str, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 2 * SLICE_ELEMENTS
    inner: Any = {
        "list": list(range(count)),
        "dict": {f"k{i}": i for i in range(count)},
        "pairs": {i: i for i in range(count)},
    }[kind]

    class Interrupted(msgpack.Packer):  # type: ignore[misc]
        written = 0

        def pack(self, item: Any) -> Any:
            Interrupted.written += 1
            if Interrupted.written == 1000:
                if change == "shrinks":
                    inner.pop() if kind == "list" else inner.popitem()
                elif kind == "list":
                    inner.append(0)
                else:
                    inner["new" if kind == "dict" else -1] = 0
            return super().pack(item)

    monkeypatch.setattr(value_slices, "new_packer", Interrupted)
    with pytest.raises(NotPortableError, match="changed while it was written"):
        encode([inner, *([0] * 6 * count)])


def test_a_large_dict_with_a_key_that_no_map_may_have_crosses_as_pairs() -> None:
    value = {"__proto__": 1, **{f"k{i}": i for i in range(6 * COUNT)}}
    assert decode(encode(value)) == value
