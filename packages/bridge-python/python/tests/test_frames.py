"""Valid frames, and frames that end the connection, beyond those of the scenarios."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from kaizen_eatp_bridge import frames
from kaizen_eatp_bridge.errors import ProtocolError
from kaizen_eatp_bridge.frames import FROM_BRIDGE, FROM_WORKER, read_message, write_frame

LIMIT = 1 << 20
PROOF = {"invocation": "", "chains": [], "authorities": [], "bindings": [], "person": None}
INVOKE = {"call": 1, "agent": "a", "input": b"\xc0"}


def refusal(message: bytes | str, forms: Any = FROM_BRIDGE, limit: int = LIMIT) -> ProtocolError:
    with pytest.raises(ProtocolError) as refused:
        read_message(forms, message, limit)
    return refused.value


def test_several_in_one_message_in_order() -> None:
    parts = [write_frame(frames.ACK, 3), write_frame(frames.INVOKE, 1, INVOKE), write_frame(frames.PING, 9)]
    assert [(f.type, f.number) for f in read_message(FROM_BRIDGE, b"".join(parts), LIMIT)] == [(0, 0), (20, 1), (1, 0)]


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53 - 1])
def test_an_acknowledgement_at_the_front(number: int) -> None:
    ack, invoke = write_frame(frames.ACK, number), write_frame(frames.INVOKE, 1, INVOKE)
    for message in (ack, ack + invoke, ack + ack + invoke, ack + invoke + invoke, ack + invoke + ack):
        read = read_message(FROM_BRIDGE, message, LIMIT)
        assert b"".join(write_frame(f.type, *((f.number, f.body) if f.number else (f.body,))) for f in read) == message
    for end in range(1, len(ack)):
        assert refusal(ack[:end]).close_code == 4400
        assert refusal(ack[:end] + invoke).close_code in (4400, 4409)


def test_no_prefix_of_a_message_is_one() -> None:
    message = write_frame(frames.ACK, 3) + write_frame(frames.INVOKE, 1, INVOKE)
    whole = {len(write_frame(frames.ACK, 3)), len(message)}
    for end in range(len(message)):
        if end not in whole:
            assert refusal(message[:end]).close_code == 4400, end


def test_what_follows_a_frame_must_be_one() -> None:
    good = write_frame(frames.INVOKE, 1, INVOKE)
    for tail in (b"\xc1", b"\x00", b"\xc0", b"\x90", good[:-1]):
        assert refusal(good + tail).close_code == 4400


def test_too_large_is_a_code_of_its_own() -> None:
    message = write_frame(frames.INVOKE, 1, {**INVOKE, "input": bytes(1000)})
    assert refusal(message, limit=1000).close_code == 1009
    assert len(read_message(FROM_BRIDGE, message, len(message))) == 1


def test_text_is_not_spoken() -> None:
    assert refusal("[0, 1]").close_code == 4400


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ([], "begins with its type"),
        ({}, "begins with its type"),
        (7, "begins with its type"),
        (["0", 1], "begins with its type"),
        ([True, 1], "begins with its type"),
        ([0.0, 1], "begins with its type"),
        ([3, 1], "unknown here"),
        ([27, 1, {}], "unknown here"),
        ([-1, 1], "unknown here"),
        ([0], "one unsigned integer"),
        ([0, -1], "one unsigned integer"),
        ([0, 1.0], "one unsigned integer"),
        ([0, True], "one unsigned integer"),
        ([0, 2**53], "one unsigned integer"),
        ([0, 1, 2], "one unsigned integer"),
        ([20, 0, INVOKE], "number from 1"),
        ([20, "1", INVOKE], "number from 1"),
        ([20, 2**53, INVOKE], "number from 1"),
        ([20, INVOKE], "number from 1"),
        ([20, 1, INVOKE, 0], "3 elements"),
        ([20, 1, []], "must hold a map"),
        ([20, 1, {**INVOKE, "call": None}], "INVOKE.call"),
        ([20, 1, {**INVOKE, "call": -1}], "INVOKE.call"),
        ([20, 1, {**INVOKE, "call": True}], "INVOKE.call"),
        ([20, 1, {**INVOKE, "agent": b"a"}], "INVOKE.agent"),
        ([20, 1, {**INVOKE, "input": "x"}], "INVOKE.input"),
        ([20, 1, {**INVOKE, "deadline_ms": 1.5}], "INVOKE.deadline_ms"),
        ([20, 1, {**INVOKE, "proof": {}}], "INVOKE.proof"),
        ([20, 1, {**INVOKE, "proof": {**PROOF, "chains": [1]}}], "INVOKE.proof"),
        ([20, 1, {**INVOKE, "proof": {**PROOF, "bindings": None}}], "INVOKE.proof"),
        ([20, 1, {**INVOKE, "proof": {**PROOF, "person": {}}}], "INVOKE.proof"),
        ([20, 1, {**INVOKE, "trace": {"tracestate": "x"}}], "INVOKE.trace"),
        ([20, 1, {**INVOKE, "trace": {"traceparent": "x", "tracestate": 1}}], "INVOKE.trace"),
        ([11, {"body": b"", "signature": bytes(63)}], "CHALLENGE.signature"),
        ([13, {"received": 0, "agents": {"a": {}}}], "WELCOME.agents"),
        ([13, {"received": 0, "agents": {"a": "b"}}], "WELCOME.agents"),
        ([25, 1, {}], "unknown here"),  # only a worker drains
        ([10, {}], "unknown here"),
        ([20, 1, {1: 2, **INVOKE}], "no frame"),
    ],
)
def test_what_does_not_fit(frame: Any, why: str) -> None:
    error = refusal(msgpack.packb(frame))
    assert error.close_code == 4400
    assert why in str(error)


def test_nil_is_a_field_left_out_and_unknown_fields_are_ignored() -> None:
    more = {**INVOKE, "proof": None, "trace": None, "deadline_ms": None, "colour": [1, {"deep": None}]}
    (frame,) = read_message(FROM_BRIDGE, write_frame(frames.INVOKE, 1, more), LIMIT)
    assert frame.body["colour"] == [1, {"deep": None}]


def test_extensions_have_no_place_in_a_frame() -> None:
    for code in (0, 1, 33, 127):
        message = msgpack.packb([20, 1, {**INVOKE, "more": msgpack.ExtType(code, b"x")}])
        assert refusal(message).close_code == 4400
    # msgpack reads this one by itself; no field is of its kind.
    for field in INVOKE:
        message = msgpack.packb([20, 1, {**INVOKE, field: msgpack.Timestamp(1)}])
        assert f"INVOKE.{field}" in str(refusal(message))


def test_each_side_takes_only_what_the_other_may_send() -> None:
    hello = write_frame(frames.HELLO, {})
    assert "unknown here" in str(refusal(hello))
    assert "HELLO.versions" in str(refusal(hello, FROM_WORKER))
    invoke = write_frame(frames.INVOKE, 1, INVOKE)
    assert "INVOKE.as" in str(refusal(invoke, FROM_WORKER))


def test_nesting_bombs_are_refused() -> None:
    assert refusal(b"\x91" * 100_000).close_code == 4400
    assert refusal(b"\xdd\xff\xff\xff\xff").close_code == 4400
    assert refusal(b"\xdf\xff\xff\xff\xff").close_code == 4400
    assert refusal(b"\xc6\xff\xff\xff\xff").close_code == 4400
