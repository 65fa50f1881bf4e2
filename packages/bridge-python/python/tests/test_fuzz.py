"""Input of any kind: only the documented errors are raised, nothing hangs, and memory does not grow.

BRIDGE_FUZZ sets how many inputs each fuzzer tries; 100,000 unless set.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import resource
import sys
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgpack
import pytest
from nacl.signing import SigningKey

from kaizen_eatp_bridge import frames
from kaizen_eatp_bridge.errors import LoginRefusedError, NotPortableError, ProtocolError
from kaizen_eatp_bridge.frames import FROM_BRIDGE, FROM_WORKER, read_message, write_frame
from kaizen_eatp_bridge.login import VERSION, Credentials, Login
from kaizen_eatp_bridge.session import Session
from kaizen_eatp_bridge.values import decode, encode

COUNT = int(os.environ.get("BRIDGE_FUZZ", "100000"))
LIMIT = 1 << 16
# Generous, since the machine may be busy; what hangs or is quadratic takes far longer.
SLOWEST = 5.0

PROOF = {"invocation": "{}", "chains": ["{}"], "authorities": ["{}"]}
TRACE = {"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01", "tracestate": None}
GOOD_FRAMES = [
    write_frame(frames.ACK, 7),
    write_frame(frames.PING, 2**40),
    write_frame(frames.PONG, 0),
    write_frame(frames.CHALLENGE, {"body": b"\x80", "signature": bytes(64)}),
    write_frame(frames.WELCOME, {"received": 3, "agents": {"a": {"agent_id": "agent-a"}}}),
    write_frame(frames.REFUSE, {"code": "CLOSING", "message": "m", "remedy": "r"}),
    write_frame(frames.INVOKE, 1, {"call": 1, "agent": "a", "input": b"\x81\xa1a\x01", "proof": PROOF, "trace": TRACE}),
    write_frame(frames.INVOKE, 2, {"call": 2, "agent": "a", "as": "b", "within": 3, "input": b"", "capabilities": ["x"]}),
    write_frame(frames.RESULT, 3, {"call": 1, "output": bytes(300)}),
    write_frame(frames.FAIL, 4, dict.fromkeys(("code", "type", "message", "traceback", "remedy"), "x") | {"call": 1}),
    write_frame(frames.PROGRESS, 5, {"call": 1, "value": b"\x01"}),
    write_frame(frames.CANCEL, 6, {"call": 1, "reason": "enough"}),
    write_frame(frames.BYE, 7, {"reason": "done"}),
    write_frame(frames.DRAIN, 8, {}),
]
GOOD_VALUES = [
    encode(value)
    for value in (
        {"a": [1, -1, 2**63, 2**70, 1.5, None, True, "ä", b"\x00"]},
        {1: {2: {3: "pairs"}}, "x": {"__proto__": 1}},
        [[[[[[]]]]], {"k": {"k": {"k": {}}}}],
        {"d": dt.datetime(2026, 1, 2, 3, 4, 5, 6), "u": uuid.UUID(int=5)},
        {"t": dt.timedelta(1), "n": Decimal("1.50")},
        "x" * 300,
    )
]
# Where MessagePack's own grammar branches.
MARKS = bytes([0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, *range(0xC0, 0xE0), 0xFF, 0x00, 0x7F, 0x14, 0x21, 0x27, 0x28])


def mutate(rng: random.Random, seeds: list[bytes]) -> bytes:
    """A valid input with small or large changes, or random bytes."""
    way = rng.random()
    if way < 0.1:
        return rng.randbytes(rng.randrange(64))
    if way < 0.2:
        return bytes(rng.choices(MARKS, k=rng.randrange(1, 40)))
    data = bytearray(b"".join(rng.choices(seeds, k=rng.choice((1, 1, 1, 2, 3)))))
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(data)) if data else 0
        match rng.randrange(7):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                data[at : at + 1] = bytes([rng.choice(MARKS)])
            case 2:
                data[at:at] = rng.randbytes(rng.randrange(1, 5))
            case 3:
                del data[at : at + rng.randrange(1, 8)]
            case 4:
                del data[at:]
            case 5:
                end = at + rng.randrange(1, 16)
                data[at:at] = data[at:end] * rng.randrange(1, 4)
            case _:
                data[at:at] = rng.choice((b"\x91", b"\x81\xa1a", b"\xc7\x05\x27", b"\x93")) * rng.randrange(1, 300)
    return bytes(data)


def fuzz(seed: int, seeds: list[bytes], accept: Callable[[bytes], Any], *allowed: type[Exception]) -> tuple[int, int]:
    """Feeds inputs to a reader. Returns how many it took and how many it refused."""
    rng = random.Random(seed)
    taken = refused = 0
    slowest, at_slowest = 0.0, b""
    # The first inputs fill caches; from then on nothing may stay.
    warm = max(1, COUNT // 10)
    before = 0
    for n in range(COUNT):
        if n == warm:
            before = _resident()
        data = mutate(rng, seeds)
        started = time.perf_counter()
        try:
            accept(data)
            taken += 1
        except allowed:
            refused += 1
        took = time.perf_counter() - started
        if took > slowest:
            slowest, at_slowest = took, data
    grown = _resident() - before
    assert slowest < SLOWEST, f"{slowest:.1f} s for {at_slowest[:200].hex()}"
    assert grown < 64 * 1024 * 1024, f"grew by {grown} bytes"
    return taken, refused


def _resident() -> int:
    """The most memory that was resident so far, in bytes; it never goes down, so growth shows."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


@pytest.mark.parametrize("forms", [FROM_BRIDGE, FROM_WORKER], ids=["from-bridge", "from-worker"])
def test_frames(forms: Any) -> None:
    def accept(message: bytes) -> None:
        read = read_message(forms, message, LIMIT)
        assert read, "a message without a frame was taken"
        # Everything that was accepted is a frame: written and read again, it is the same.
        for frame in read:
            parts = (frame.number, frame.body) if frame.number else (frame.body,)
            assert read_message(forms, write_frame(frame.type, *parts), 1 << 20) == [frame]

    taken, refused = fuzz(1, GOOD_FRAMES, accept, ProtocolError)
    assert taken > COUNT / 50 and refused > COUNT / 50


def test_values() -> None:
    def accept(data: bytes) -> None:
        value = decode(data)
        # Every accepted value can be sent on unchanged.
        again = encode(value)
        assert encode(decode(again)) == again

    taken, refused = fuzz(2, GOOD_VALUES, accept, NotPortableError)
    assert taken > COUNT / 50 and refused > COUNT / 50


def test_challenges() -> None:
    login = Login(Credentials({"a": SigningKey(bytes(32))}, bytes(32)), bytes(16), False, 0)
    body = {
        "version": VERSION,
        "nonce": bytes(32),
        "bridge_key": bytes(32),
        "max_message": 1 << 20,
        "window": 512,
        "window_bytes": 1 << 20,
        "heartbeat_ms": 5000,
        "grace_ms": 30000,
        "time_ms": round(time.time() * 1000),
        "release": "0.1",
        "software": "test",
    }
    seeds = [
        write_frame(frames.CHALLENGE, {"body": msgpack.packb(body), "signature": bytes(64)}),
        write_frame(frames.CHALLENGE, {"body": msgpack.packb({**body, "bridge_key": bytes(31)}), "signature": bytes(64)}),
    ]

    def accept(message: bytes) -> None:
        login.answer(message)

    taken, _ = fuzz(3, seeds, accept, ProtocolError, LoginRefusedError)
    assert taken == 0


def test_sessions_take_numbers_in_order_whatever_comes() -> None:
    rng = random.Random(4)
    session = Session()
    took = []
    for _ in range(min(COUNT, 100_000)):
        number = max(1, session.received + rng.choice((-5, -1, 0, 1, 1, 1, 2, 7, 2**40)))
        try:
            if session.take(number):
                took.append(number)
        except ProtocolError as error:
            assert error.close_code == 4409
    assert took == list(range(1, len(took) + 1))
