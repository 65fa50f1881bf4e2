"""Writes protocol/scenarios.json, the examples of the protocol that the tests of both languages run.

Usage: python tools/make_scenarios.py          writes the file
       python tools/make_scenarios.py --check  exit code 1 if the file is not what would be written
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import sys
import uuid
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import msgpack
from nacl.signing import SigningKey
from typed import to_typed

from kaizen_eatp_bridge import frames as f
from kaizen_eatp_bridge.frames import write_frame
from kaizen_eatp_bridge.login import VERSION
from kaizen_eatp_bridge.signed_invocation import VERSION as INVOCATION_VERSION
from kaizen_eatp_bridge.signed_invocation import canonical, evidence_digest
from kaizen_eatp_bridge.values import encode

TARGET = HERE.parent.parent / "protocol" / "scenarios.json"

UTC = dt.UTC
PLUS_0530 = dt.timezone(dt.timedelta(hours=5, minutes=30))


def nested(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    return value


VALUES: dict[str, Any] = {
    "nil": None,
    "true": True,
    "false": False,
    "zero": 0,
    "minus one": -1,
    "largest fixint": 127,
    "uint 8": 255,
    "int 8": -128,
    "uint 16": 65_535,
    "int 16": -32_768,
    "uint 32": 2**32 - 1,
    "one beyond uint 32": 2**32,
    "int 32": -(2**31),
    "one beyond int 32": -(2**31) - 1,
    "largest exact number in JavaScript": 2**53 - 1,
    "2^53": 2**53,
    "one that JavaScript's number cannot hold": 2**53 + 1,
    "its negative": -(2**53) - 1,
    "largest int 64": 2**63 - 1,
    "smallest int 64": -(2**63),
    "largest uint 64": 2**64 - 1,
    "one beyond uint 64": 2**64,
    "one beyond int 64": -(2**63) - 1,
    "a very large int": 10**100,
    "a float that is whole": 1.0,
    "minus zero": -0.0,
    "a float": 0.1,
    "the largest float": 1.7976931348623157e308,
    "the smallest float": 5e-324,
    "a whole float beyond 2^53": 1e300,
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "not a number": float("nan"),
    "an empty text": "",
    "a text": "hello",
    "a text of 32 characters": "x" * 32,
    "a text of 256 characters": "x" * 256,
    "beyond ASCII": "Grüße, 日本, 👩‍🚀, \u2028, \u0000, \ufeff",
    "a text like a key of objects": "__proto__",
    "no bytes": b"",
    "bytes": bytes(range(256)),
    "bytes that are no text": b"\xff\xfe\x00",
    "an empty list": [],
    "a list": [1, "two", 3.5, None, True],
    "a list of 16": list(range(16)),
    "an empty map": {},
    "a map": {"a": 1, "b": [2, {"c": None}], "": "empty key"},
    "a map of 16": {f"k{i}": i for i in range(16)},
    "a map with keys like an object's": {"constructor": 1, "toString": 2, "length": 3, "0": 4},
    "a map with a key beyond ASCII": {"größe": 1, "👩‍🚀": 2},
    "a dict with the key __proto__": {"__proto__": {"polluted": True}, "a": 1},
    "a dict with int keys": {1: "one", -2: "minus two", 2**60: "large"},
    "a dict with mixed keys": {"a": 1, 2: "b", None: "c", 2.5: "d", b"\x01": "e"},
    "a dict with date keys": {dt.date(2026, 1, 2): "day", Decimal("1.50"): "price"},
    "a dict with true and a text": {True: 1, "true": 2},
    "dicts in dicts": {1: {2: {"x": {3: []}}}},
    "a datetime without a zone": dt.datetime(2026, 11, 22, 8, 6, 29, 416532),
    "a datetime in UTC": dt.datetime(2026, 11, 22, 8, 6, 29, 416532, UTC),
    "a datetime without a fraction": dt.datetime(2026, 11, 22, 8, 6, 29, 0, UTC),
    "a datetime with an offset": dt.datetime(1999, 12, 31, 23, 59, 59, 1, PLUS_0530),
    "the first datetime": dt.datetime.min,
    "the last datetime": dt.datetime.max,
    "a date": dt.date(2024, 2, 29),
    "a time": dt.time(23, 59, 59, 999999),
    "a time with an offset": dt.time(1, 2, 3, 0, PLUS_0530),
    "a timedelta": dt.timedelta(days=1, seconds=2, microseconds=3),
    "a negative timedelta": dt.timedelta(microseconds=-1),
    "the largest timedelta": dt.timedelta.max,
    "a Decimal": Decimal("1.10"),
    "a Decimal with an exponent": Decimal("1E+3"),
    "a tiny Decimal": Decimal("1E-30"),
    "minus zero as a Decimal": Decimal("-0.00"),
    "a Decimal that is no number": Decimal("NaN"),
    "an infinite Decimal": Decimal("-Infinity"),
    "a UUID": uuid.UUID("12345678-1234-5678-1234-567812345678"),
    "all of them in one": {
        "at": dt.datetime(2026, 1, 1, tzinfo=UTC),
        "rows": [{"id": uuid.UUID(int=1), "price": Decimal("0.30"), "blob": b"\x00"}, {"n": 2**64}],
    },
    "200 levels": nested(200),
}


def ext(code: int, payload: bytes) -> bytes:
    return msgpack.packb(msgpack.ExtType(code, payload))


def pairs(*flat: Any) -> bytes:
    return ext(39, msgpack.packb(list(flat)))


BAD_VALUES: dict[str, bytes] = {
    "no bytes at all": b"",
    "a byte that MessagePack does not use": b"\xc1",
    "two values": b"\x01\x02",
    "a text that is cut short": b"\xa5hell",
    "a list that is cut short": b"\x92\x01",
    "a list that claims four billion items": b"\xdd\xff\xff\xff\xff",
    "a text that is no UTF-8": b"\xa2\xff\xfe",
    "half of a surrogate pair as UTF-8": b"\xa3\xed\xa0\x80",
    "a map with an int as key": b"\x81\x01\x02",
    "a map with bytes as key": b"\x81\xc4\x01a\x02",
    "a map with nil as key": b"\x81\xc0\x02",
    "a map with a list as key": b"\x81\x90\x02",
    "a map with the key __proto__": msgpack.packb({"__proto__": 1}),
    "an extension type that is not known": ext(5, b"x"),
    "the extension type before the first": ext(32, b"x"),
    "the extension type after the last": ext(41, b"x"),
    "a timestamp of MessagePack": msgpack.packb(msgpack.Timestamp(1, 0)),
    "a timestamp of MessagePack with nanoseconds": msgpack.packb(msgpack.Timestamp(1, 5)),
    "a datetime that is none": ext(33, b"yesterday"),
    "a datetime with a blank for the T": ext(33, b"2026-11-22 08:06:29+00:00"),
    "a datetime with Z": ext(33, b"2026-11-22T08:06:29Z"),
    "a datetime with three fraction digits": ext(33, b"2026-11-22T08:06:29.416+00:00"),
    "a datetime with a fraction of zero": ext(33, b"2026-11-22T08:06:29.000000+00:00"),
    "a datetime on a day that is not": ext(33, b"2026-02-30T00:00:00"),
    "a datetime in the year 0": ext(33, b"0000-01-01T00:00:00"),
    "a datetime that is not ASCII": ext(33, "２026-11-22T08:06:29".encode()),
    "a date that is none": ext(34, b"2026-13-01"),
    "a date in another form": ext(34, b"20260102"),
    "a time that is none": ext(35, b"24:00:00"),
    "a time without seconds": ext(35, b"12:30"),
    "a timedelta that is no number": ext(36, b"1.5"),
    "a timedelta with a leading zero": ext(36, b"007"),
    "a timedelta beyond all": ext(36, b"9" * 30),
    "a timedelta of minus zero": ext(36, b"-0"),
    "a Decimal that is none": ext(37, b"1,5"),
    "a Decimal with a blank": ext(37, b" 1.5"),
    "a Decimal with an underscore": ext(37, b"1_000"),
    "a Decimal with a small e": ext(37, b"1e+3"),
    "a large int that is none": ext(38, b"12x"),
    "a large int within 64 bits": ext(38, b"5"),
    "a large int with a plus": ext(38, b"+100000000000000000000"),
    "a large int with a leading zero": ext(38, b"0100000000000000000000"),
    "a large int in hexadecimal": ext(38, b"0x100000000000000000"),
    "a large int of 5000 digits": ext(38, b"1" * 5000),
    "an empty extension": ext(38, b""),
    "a UUID that is none": ext(40, b"12345678"),
    "a UUID in capitals": ext(40, b"ABCDEF00-1234-5678-1234-567812345678"),
    "a UUID in braces": ext(40, b"{12345678-1234-5678-1234-567812345678}"),
    "a dict with a key and no value": pairs(1, 2, 3),
    "a dict that is no list": ext(39, msgpack.packb({"a": 1})),
    "a dict that is cut short": ext(39, b"\x92\x01"),
    "a dict with more after it": ext(39, b"\x90\x90"),
    "a dict with the same key twice": pairs(1, "a", 1, "b"),
    "a dict with keys that are equal in Python": pairs(1, "a", 1.0, "b"),
    "a dict with true and 1": pairs(True, "a", 1, "b"),
    "a dict with a list as key": pairs([1], "a"),
    "a dict with a map as key": pairs({}, "a"),
    "a dict with a dict as key": ext(39, b"\x92" + pairs(1, 2) + b"\x01"),
    "an unknown extension in a dict": ext(39, b"\x92\x01" + ext(5, b"x")),
    "201 levels": b"\x91" * 201 + b"\x01",
    "201 levels of maps": b"\x81\xa1a" * 201 + b"\x01",
}


def nested_pairs(levels: int) -> bytes:
    data = b"\x01"
    for _ in range(levels):
        data = ext(39, b"\x92\x01" + data)
    return data


BAD_VALUES["201 levels of dicts"] = nested_pairs(201)
BAD_VALUES["1500 levels of dicts"] = nested_pairs(1500)
BAD_VALUES["3000 levels"] = b"\x91" * 3000 + b"\x01"


PROOF = {"invocation": "{}", "chains": ["{}"], "authorities": ["{}"], "bindings": ["{}"], "person": "{}"}
TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "vendor=1"}
INPUT = encode({"text": "hello"})
TO_WORKER, TO_BRIDGE = "bridge-to-worker", "worker-to-bridge"
INVOKE_WORKER = {"call": 1, "agent": "analyst", "input": INPUT}
INVOKE_BRIDGE = {**INVOKE_WORKER, "as": "planner"}
FAILED = {"call": 1, "code": "EXCEPTION", "type": "ValueError", "message": "no", "traceback": "", "remedy": ""}

# name, directions, type, number or None, body
FRAMES: list[tuple[str, list[str], int, int | None, Any]] = [
    ("ACK", [TO_WORKER, TO_BRIDGE], f.ACK, None, 0),
    ("ACK of many", [TO_WORKER, TO_BRIDGE], f.ACK, None, 2**53 - 1),
    ("PING", [TO_WORKER, TO_BRIDGE], f.PING, None, 7),
    ("PONG", [TO_WORKER, TO_BRIDGE], f.PONG, None, 7),
    ("INVOKE", [TO_WORKER], f.INVOKE, 1, INVOKE_WORKER),
    (
        "INVOKE with all it may have",
        [TO_WORKER],
        f.INVOKE,
        2,
        {**INVOKE_WORKER, "proof": PROOF, "trace": TRACE, "deadline_ms": 1500},
    ),
    (
        "INVOKE with nil for what it does not have",
        [TO_WORKER],
        f.INVOKE,
        2,
        {**INVOKE_WORKER, "proof": None, "trace": None, "deadline_ms": None},
    ),
    (
        "INVOKE with a trace without a state",
        [TO_WORKER],
        f.INVOKE,
        1,
        {**INVOKE_WORKER, "trace": {**TRACE, "tracestate": None}},
    ),
    ("INVOKE with a field of a later time", [TO_WORKER], f.INVOKE, 1, {**INVOKE_WORKER, "priority": 3}),
    ("INVOKE from a worker", [TO_BRIDGE], f.INVOKE, 1, INVOKE_BRIDGE),
    (
        "INVOKE from a worker with all it may have",
        [TO_BRIDGE],
        f.INVOKE,
        1,
        {
            **INVOKE_BRIDGE,
            "trace": TRACE,
            "deadline_ms": 0,
            "within": 4,
            "capabilities": ["read_*"],
            "constraints": [],
            "task_id": "task-1",
        },
    ),
    ("RESULT", [TO_WORKER, TO_BRIDGE], f.RESULT, 1, {"call": 1, "output": encode(None)}),
    ("FAIL", [TO_WORKER, TO_BRIDGE], f.FAIL, 1, FAILED),
    ("PROGRESS", [TO_WORKER, TO_BRIDGE], f.PROGRESS, 3, {"call": 1, "value": encode(0.5)}),
    ("CANCEL", [TO_WORKER, TO_BRIDGE], f.CANCEL, 1, {"call": 1, "reason": "enough"}),
    ("DRAIN", [TO_BRIDGE], f.DRAIN, 9, {}),
    ("BYE", [TO_WORKER, TO_BRIDGE], f.BYE, 10, {"reason": "done"}),
    ("REFUSE", [TO_WORKER, TO_BRIDGE], f.REFUSE, None, {"code": "CLOSING", "message": "m", "remedy": "r"}),
]


def without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: item for key, item in fields.items() if key != name}


# name, direction, message, close code
BAD_FRAMES: list[tuple[str, str, bytes, int]] = [
    ("no frame but a number", TO_WORKER, b"\x05", 4400),
    ("a byte that MessagePack does not use", TO_WORKER, b"\xc1", 4400),
    ("an empty array", TO_WORKER, b"\x90", 4400),
    ("a map", TO_WORKER, b"\x80", 4400),
    ("a type that is a text", TO_WORKER, msgpack.packb(["INVOKE", 1, INVOKE_WORKER]), 4400),
    ("a type that is true", TO_WORKER, msgpack.packb([True, 1]), 4400),
    ("a type that is a float", TO_WORKER, msgpack.packb([0.0, 1]), 4400),
    ("an unknown type", TO_WORKER, msgpack.packb([99, 1, {}]), 4400),
    ("a negative type", TO_WORKER, msgpack.packb([-1, 1, {}]), 4400),
    ("ACK without a number", TO_WORKER, msgpack.packb([0]), 4400),
    ("ACK of a negative number", TO_WORKER, msgpack.packb([0, -1]), 4400),
    ("ACK beyond 2^53", TO_WORKER, msgpack.packb([0, 2**53]), 4400),
    ("ACK with more", TO_WORKER, msgpack.packb([0, 1, 2]), 4400),
    ("PING with a text", TO_WORKER, msgpack.packb([1, "now"]), 4400),
    ("a numbered frame without its number", TO_WORKER, msgpack.packb([20, INVOKE_WORKER]), 4400),
    ("a number of zero", TO_WORKER, write_frame(20, 0, INVOKE_WORKER), 4400),
    ("a number that is a float", TO_WORKER, write_frame(20, 1.0, INVOKE_WORKER), 4400),
    ("a number that is true", TO_WORKER, write_frame(20, True, INVOKE_WORKER), 4400),
    ("a numbered frame with more", TO_WORKER, write_frame(20, 1, INVOKE_WORKER, None), 4400),
    ("fields that are a list", TO_WORKER, write_frame(20, 1, []), 4400),
    *[
        (f"INVOKE without {name}", TO_WORKER, write_frame(20, 1, without(INVOKE_WORKER, name)), 4400)
        for name in INVOKE_WORKER
    ],
    *[
        (f"INVOKE from a worker without {name}", TO_BRIDGE, write_frame(20, 1, without(INVOKE_BRIDGE, name)), 4400)
        for name in INVOKE_BRIDGE
    ],
    ("a call that is negative", TO_WORKER, write_frame(20, 1, {**INVOKE_WORKER, "call": -1}), 4400),
    ("a call that is a text", TO_WORKER, write_frame(20, 1, {**INVOKE_WORKER, "call": "1"}), 4400),
    ("an input that is a text", TO_WORKER, write_frame(20, 1, {**INVOKE_WORKER, "input": "x"}), 4400),
    ("an agent that is bytes", TO_WORKER, write_frame(20, 1, {**INVOKE_WORKER, "agent": b"x"}), 4400),
    ("a proof that is a text", TO_WORKER, write_frame(20, 1, {**INVOKE_WORKER, "proof": "x"}), 4400),
    *[
        (
            f"a proof without {name}",
            TO_WORKER,
            write_frame(20, 1, {**INVOKE_WORKER, "proof": without(PROOF, name)}),
            4400,
        )
        for name in ("invocation", "chains", "authorities", "bindings")
    ],
    (
        "a proof whose person is no text",
        TO_WORKER,
        write_frame(20, 1, {**INVOKE_WORKER, "proof": {**PROOF, "person": {}}}),
        4400,
    ),
    (
        "a proof whose chains are no texts",
        TO_WORKER,
        write_frame(20, 1, {**INVOKE_WORKER, "proof": {**PROOF, "chains": [{}]}}),
        4400,
    ),
    (
        "a trace without a traceparent",
        TO_WORKER,
        write_frame(20, 1, {**INVOKE_WORKER, "trace": {"tracestate": None}}),
        4400,
    ),
    ("a deadline that is a float", TO_WORKER, write_frame(20, 1, {**INVOKE_WORKER, "deadline_ms": 1.5}), 4400),
    ("a deadline before now", TO_WORKER, write_frame(20, 1, {**INVOKE_WORKER, "deadline_ms": -1}), 4400),
    (
        "capabilities that are no list",
        TO_BRIDGE,
        write_frame(20, 1, {**INVOKE_BRIDGE, "capabilities": "read"}),
        4400,
    ),
    ("within that is a text", TO_BRIDGE, write_frame(20, 1, {**INVOKE_BRIDGE, "within": "1"}), 4400),
    *[
        (f"FAIL without {name}", direction, write_frame(22, 1, without(FAILED, name)), 4400)
        for name in FAILED
        for direction in (TO_WORKER, TO_BRIDGE)
    ],
    ("RESULT whose output is no bytes", TO_BRIDGE, write_frame(21, 1, {"call": 1, "output": {}}), 4400),
    ("RESULT whose output is no bytes", TO_WORKER, write_frame(21, 1, {"call": 1, "output": None}), 4400),
    ("PROGRESS without a value", TO_BRIDGE, write_frame(23, 1, {"call": 1}), 4400),
    ("CANCEL without a reason", TO_WORKER, write_frame(24, 1, {"call": 1}), 4400),
    ("DRAIN to a worker", TO_WORKER, write_frame(25, 1, {}), 4400),
    ("HELLO to a worker", TO_WORKER, write_frame(10, {}), 4400),
    ("CHALLENGE to a bridge", TO_BRIDGE, write_frame(11, {"body": b"", "signature": bytes(64)}), 4400),
    ("WELCOME to a bridge", TO_BRIDGE, write_frame(13, {"received": 0, "agents": {}}), 4400),
    ("BYE without a reason", TO_BRIDGE, write_frame(26, 1, {}), 4400),
    ("an extension in a frame", TO_WORKER, msgpack.packb([0, msgpack.ExtType(38, b"5")]), 4400),
    ("a map with an int as key", TO_WORKER, b"\x93\x14\x01\x81\x01\x02", 4400),
    ("a frame that is cut short", TO_WORKER, write_frame(20, 1, INVOKE_WORKER)[:-1], 4400),
    ("a good frame and half of one", TO_WORKER, write_frame(0, 1) + write_frame(1, 2**30)[:-1], 4400),
    ("a good frame and rubbish", TO_WORKER, write_frame(0, 1) + b"\xc1", 4400),
    ("an array that claims four billion items", TO_WORKER, b"\xdd\xff\xff\xff\xff", 4400),
    ("bytes that claim four billion", TO_WORKER, b"\x92\x00\xc6\xff\xff\xff\xff", 4400),
    ("3000 levels", TO_WORKER, b"\x91" * 3000, 4400),
]

SEQUENCES = [
    {"name": "in order", "arrives": [1, 2, 3], "outcomes": ["take", "take", "take"], "ack": 3},
    {"name": "nothing yet", "arrives": [], "outcomes": [], "ack": 0},
    {"name": "again", "arrives": [1, 1, 2, 1, 2], "outcomes": ["take", "duplicate", "take", "duplicate", "duplicate"], "ack": 2},
    {"name": "a gap", "arrives": [1, 3], "outcomes": ["take", "gap"], "ack": 1},
    {"name": "a gap at the start", "arrives": [2], "outcomes": ["gap"], "ack": 0},
    {"name": "sent again after a cut", "arrives": [1, 2, 3, 2, 3, 4], "outcomes": ["take", "take", "take", "duplicate", "duplicate", "take"], "ack": 4},
]


def login() -> dict[str, Any]:
    """One login with fixed keys and nonces: what every byte is, and what every signature covers."""
    bridge, agents = SigningKey(bytes(range(32))), {n: SigningKey(sha256(n.encode()).digest()) for n in ("analyst", "judge")}
    session, worker_nonce, bridge_nonce = bytes(range(16)), b"\x11" * 32, b"\x22" * 32
    hello = write_frame(
        f.HELLO,
        {"versions": [VERSION], "session": session, "resume": False, "received": 0, "nonce": worker_nonce, "software": "scenario"},
    )
    body = msgpack.packb(
        {
            "version": VERSION,
            "nonce": bridge_nonce,
            "bridge_key": bytes(bridge.verify_key),
            "max_message": 32 * 1024 * 1024,
            "window": 512,
            "window_bytes": 16 * 1024 * 1024,
            "heartbeat_ms": 5000,
            "grace_ms": 30_000,
            "time_ms": 2**40,
            "release": "0.1",
            "software": "test",
        }
    )
    challenge_signed = b"kaizen-eatp-bridge/3 bridge\n" + sha256(hello).digest() + sha256(body).digest()
    challenge = write_frame(f.CHALLENGE, {"body": body, "signature": bridge.sign(challenge_signed).signature})
    join_body = msgpack.packb(
        {
            "agents": [
                {"name": name, "public_key": bytes(key.verify_key), "kind": "function"} for name, key in agents.items()
            ],
            "token": None,
            "max_in_flight": 256,
            "capabilities": None,
        }
    )
    join_signed = b"kaizen-eatp-bridge/3 agent\n" + b"".join(sha256(p).digest() for p in (hello, challenge, join_body))
    signatures = {name: key.sign(join_signed).signature for name, key in agents.items()}
    welcome = {"received": 0, "agents": {name: {"agent_id": f"agent-{name}"} for name in agents}}
    other_hello = hello.replace(worker_nonce, b"\x12" * 32)
    for_other = b"kaizen-eatp-bridge/3 bridge\n" + sha256(other_hello).digest() + sha256(body).digest()
    impostor = SigningKey(b"\x33" * 32)
    good = bridge.sign(challenge_signed).signature
    bad_challenges = {
        "signed by another key": write_frame(
            f.CHALLENGE, {"body": body, "signature": impostor.sign(challenge_signed).signature}
        ),
        "of another bridge": write_frame(
            f.CHALLENGE,
            {
                "body": (other := body.replace(bytes(bridge.verify_key), bytes(impostor.verify_key))),
                "signature": impostor.sign(
                    b"kaizen-eatp-bridge/3 bridge\n" + sha256(hello).digest() + sha256(other).digest()
                ).signature,
            },
        ),
        "recorded from another login": write_frame(
            f.CHALLENGE, {"body": body, "signature": bridge.sign(for_other).signature}
        ),
        "with a larger max_message than was signed": write_frame(
            f.CHALLENGE, {"body": body.replace(msgpack.packb(32 * 1024 * 1024), msgpack.packb(2**30)), "signature": good}
        ),
        "signed as an agent signs": write_frame(
            f.CHALLENGE,
            {
                "body": body,
                "signature": bridge.sign(challenge_signed.replace(b"/3 bridge\n", b"/3 agent\n")).signature,
            },
        ),
    }
    return {
        "bridge_seed": bytes(bridge).hex(),
        "bridge_key": bytes(bridge.verify_key).hex(),
        "agent_seeds": {name: bytes(key).hex() for name, key in agents.items()},
        "hello": hello.hex(),
        "challenge_body": body.hex(),
        "challenge_signed": challenge_signed.hex(),
        "challenge": challenge.hex(),
        "join_body": join_body.hex(),
        "join_signed": join_signed.hex(),
        "join_signatures": {name: signature.hex() for name, signature in signatures.items()},
        "join": write_frame(f.JOIN, {"body": join_body, "signatures": signatures}).hex(),
        "welcome": write_frame(f.WELCOME, welcome).hex(),
        "bad_challenges": [{"name": name, "hex": data.hex()} for name, data in bad_challenges.items()],
    }


def tokens() -> dict[str, Any]:
    key = base64.b64encode(bytes(SigningKey(bytes(range(32))).verify_key)).decode()
    data = {"id": "tok-1", "secret": "c2VjcmV0", "bridge_key": key, "authorities": {"acme": key}}

    def text(told: Any) -> str:
        return "eatp1_" + base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    return {
        "good": [{"text": text(data), **data}],
        "bad": [
            {"name": "another prefix", "text": text(data).replace("eatp1_", "eatp2_")},
            {"name": "nothing after the prefix", "text": "eatp1_"},
            {"name": "no base64url", "text": "eatp1_!!!"},
            {"name": "no JSON", "text": "eatp1_" + base64.urlsafe_b64encode(b"hello").decode().rstrip("=")},
            {"name": "a list", "text": text([])},
            *[{"name": f"without {name}", "text": text(without(data, name))} for name in data],
            {"name": "a key of 31 bytes", "text": text({**data, "bridge_key": base64.b64encode(bytes(31)).decode()})},
            {"name": "an authority's key that is none", "text": text({**data, "authorities": {"acme": "x"}})},
        ],
    }


def invocations() -> list[dict[str, Any]]:
    """Signed invocations: the canonical text, and what its signature covers."""
    authority = SigningKey(sha256(b"authority").digest())
    chains, authorities = ['{"genesis":"é"}', "{}"], ['{"id":"acme"}']
    delegated_for = {"run_id": "run-1", "invocation_id": "run-1/1", "person": "person-" + "0a" * 16}
    binding = canonical({**delegated_for, "nonce": "5e" * 16})
    origin = {"human_id": "ada@acme.example", "display_name": "Ada Grüße 👩‍🚀", "\U00010000": "", "\uffff": ""}
    person = canonical({"salt": "0f" * 16, "origin": origin})
    data = {
        "version": INVOCATION_VERSION,
        "invocation_id": "run-1/2",
        "run_id": "run-1",
        "task_id": "task-1",
        "agent_id": "agent-analyst",
        "action": "analyze_data",
        "authority_id": "acme",
        "delegation_id": "del-" + sha256(binding.encode()).hexdigest(),
        "delegated_for": delegated_for,
        "person": {"pseudonym": delegated_for["person"], "digest": sha256(person.encode()).hexdigest()},
        "payload_sha256": sha256(INPUT).hexdigest(),
        "audience": bytes(range(16)).hex() + "/7",
        "evidence_sha256": evidence_digest(chains, authorities, [binding]),
        "issued_at": "2026-11-22T08:06:29.416532+00:00",
        "expires_at": "2026-11-22T08:11:29.416532+00:00",
    }
    signed = canonical(data)
    signature = base64.b64encode(authority.sign(signed.encode()).signature).decode()
    return [
        {
            "name": "with all it may have",
            "authority_seed": bytes(authority).hex(),
            "authority_key": base64.b64encode(bytes(authority.verify_key)).decode(),
            "now": "2026-11-22T08:07:00+00:00",
            "input": INPUT.hex(),
            "chains": chains,
            "authorities": authorities,
            "bindings": [binding],
            "person": person,
            "signed": signed,
            "text": canonical({**data, "signature": signature}),
        }
    ]


def scenarios() -> dict[str, Any]:
    return {
        "version": VERSION,
        "values": [{"name": n, "typed": to_typed(v), "hex": encode(v).hex()} for n, v in VALUES.items()],
        "bad_values": [{"name": n, "hex": data.hex()} for n, data in BAD_VALUES.items()],
        "frames": [
            {
                "name": name,
                "direction": direction,
                "type": kind,
                "number": number,
                "fields": to_typed(body),
                "hex": (write_frame(kind, body) if number is None else write_frame(kind, number, body)).hex(),
            }
            for name, directions, kind, number, body in FRAMES
            for direction in directions
        ],
        "bad_frames": [
            {"name": name, "direction": direction, "hex": message.hex(), "close": close}
            for name, direction, message, close in BAD_FRAMES
        ],
        "sequences": SEQUENCES,
        "login": login(),
        "tokens": tokens(),
        "invocations": invocations(),
    }


def main() -> int:
    # An entry of a list a line: a change shows as the lines it changes.
    text = json.dumps(scenarios(), ensure_ascii=True, indent=1) + "\n"
    if "--check" in sys.argv:
        return 0 if TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
