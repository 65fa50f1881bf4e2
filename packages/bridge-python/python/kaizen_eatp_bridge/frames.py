"""Frames of the bridge protocol: their types, their fields, and how they stand in a message.

docs/protocol.md is the contract. A message that breaks it raises ProtocolError, with the code to close the connection with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgpack

from .containers import has_at_most
from .errors import ProtocolError
from .frame_fields import (
    AMOUNT,
    BIN,
    BIN_16,
    BIN_32,
    BIN_64,
    BOOL,
    Kind,
    PROOF,
    SIGNATURES,
    STR,
    STRS,
    TRACE,
    UINT,
    UINTS,
    WELCOMED,
    is_uint,
)

ACK, PING, PONG = 0, 1, 2
HELLO, CHALLENGE, JOIN, WELCOME, REFUSE = 10, 11, 12, 13, 14
INVOKE, RESULT, FAIL, PROGRESS, CANCEL, DRAIN, BYE, USAGE = 20, 21, 22, 23, 24, 25, 26, 27
FIRST_NUMBERED = 20

LOGIN_MESSAGE_LIMIT = 64 * 1024
"""The largest message, in bytes, before the login is complete."""

COALESCE_LIMIT = 4 * 1024
"""Small frames are joined into messages of at most this many bytes."""


class Frame(NamedTuple):
    """A frame that came. `number` is 0 for the types that have none; `body` is an int for ACK, PING and PONG."""

    type: int
    number: int
    body: Any


class Form(NamedTuple):
    """Which fields a frame must have, and which it may have."""

    name: str
    required: Mapping[str, Kind]
    optional: Mapping[str, Kind] = {}


_NAMED = {"call": UINT, "agent": STR, "input": BIN}
_EITHER_WAY: dict[int, Form] = {
    REFUSE: Form("REFUSE", {"code": STR, "message": STR, "remedy": STR}),
    RESULT: Form("RESULT", {"call": UINT, "output": BIN}),
    FAIL: Form(
        "FAIL", {"call": UINT, "code": STR, "type": STR, "message": STR, "traceback": STR, "remedy": STR}
    ),
    PROGRESS: Form("PROGRESS", {"call": UINT, "value": BIN}),
    CANCEL: Form("CANCEL", {"call": UINT, "reason": STR}),
    BYE: Form("BYE", {"reason": STR}),
}

FROM_BRIDGE: Mapping[int, Form] = {
    **_EITHER_WAY,
    CHALLENGE: Form("CHALLENGE", {"body": BIN, "signature": BIN_64}),
    WELCOME: Form("WELCOME", {"received": UINT, "agents": WELCOMED}),
    INVOKE: Form("INVOKE", _NAMED, {"proof": PROOF, "trace": TRACE, "deadline_ms": UINT, "attempt": UINT, "idempotency_key": STR}),
}
"""What a worker takes from a bridge."""

FROM_WORKER: Mapping[int, Form] = {
    **_EITHER_WAY,
    HELLO: Form(
        "HELLO",
        {"versions": UINTS, "session": BIN_16, "resume": BOOL, "received": UINT, "nonce": BIN_32, "software": STR},
    ),
    JOIN: Form("JOIN", {"body": BIN, "signatures": SIGNATURES}),
    INVOKE: Form(
        "INVOKE",
        {**_NAMED, "as": STR},
        {
            "trace": TRACE,
            "deadline_ms": UINT,
            "within": UINT,
            "capabilities": STRS,
            "constraints": STRS,
            "task_id": STR,
        },
    ),
    USAGE: Form("USAGE", {"call": UINT, "tokens": AMOUNT, "cost": AMOUNT}),
    DRAIN: Form("DRAIN", {}),
}
"""What a bridge takes from a worker."""

CHALLENGE_BODY = Form(
    "CHALLENGE body",
    {
        "version": UINT,
        "nonce": BIN_32,
        "bridge_key": BIN_32,
        "max_message": UINT,
        "window": UINT,
        "window_bytes": UINT,
        "heartbeat_ms": UINT,
        "grace_ms": UINT,
        "time_ms": UINT,
        "release": STR,
        "software": STR,
    },
)


def check_fields(form: Form, fields: Any) -> dict[str, Any]:
    """The fields themselves, if they are as they must be. Fields that the form does not know are left alone."""
    if type(fields) is not dict:
        raise ProtocolError(f"{form.name} must hold a map")
    for name, kind in form.required.items():
        if not kind.fits(fields.get(name)):
            raise ProtocolError(f"{form.name}.{name} must be {kind.what}")
    for name, kind in form.optional.items():
        # nil is how some encoders write a field that is left out.
        if fields.get(name) is not None and not kind.fits(fields[name]):
            raise ProtocolError(f"{form.name}.{name} must be {kind.what}")
    return fields


def check_frame(forms: Mapping[int, Form], frame: Any) -> Frame:
    """A decoded frame, if it is one that this side takes."""
    if type(frame) is not list or not frame or type(frame[0]) is not int:
        raise ProtocolError("a frame must be an array that begins with its type")
    kind = frame[0]
    if kind in (ACK, PING, PONG):
        if len(frame) != 2 or not is_uint(frame[1]):
            raise ProtocolError("ACK, PING and PONG hold one unsigned integer")
        return Frame(kind, 0, frame[1])
    form = forms.get(kind)
    if form is None:
        raise ProtocolError(f"frame type {kind} is unknown here")
    if kind < FIRST_NUMBERED:
        if len(frame) != 2:
            raise ProtocolError(f"{form.name} must have 2 elements")
        return Frame(kind, 0, check_fields(form, frame[1]))
    if len(frame) != 3 or not is_uint(frame[1]) or frame[1] == 0:
        raise ProtocolError(f"{form.name} must have a number from 1 and 3 elements")
    return Frame(kind, frame[1], check_fields(form, frame[2]))


def read_message(forms: Mapping[int, Form], message: bytes | str, max_size: int) -> list[Frame]:
    """All frames of a WebSocket message, in order.

    Raises:
        ProtocolError: The message is text, is too large, or holds something that is not a frame this side accepts.
    """
    if type(message) is not bytes:
        raise ProtocolError("text messages are not spoken here")
    if len(message) > max_size:
        raise ProtocolError(f"a message of {len(message)} bytes is larger than {max_size}", 1009)
    if not has_at_most(message, MOST_CONTAINERS):
        raise ProtocolError(f"a message holds more than {MOST_CONTAINERS} lists and maps")
    try:
        return [check_frame(forms, frame) for frame in _unpack_all(message)]
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"these bytes are no frame: {error or type(error).__name__}") from error


MOST_CONTAINERS = 100_000
"""So many lists and dicts may be in a message; the values of agents are bytes there."""
_ACK_START, _LONGEST_ACK = b"\x92\x00", 11


def _unpack_all(message: bytes) -> list[Any]:
    # A message that starts with an ACK mostly holds more frames. Expecting them is cheaper than catching an exception.
    if message[:2] != _ACK_START or len(message) <= _LONGEST_ACK:
        try:
            return [msgpack.unpackb(message, ext_hook=_no_extension, strict_map_key=True)]
        except msgpack.ExtraData:
            pass
    reader = msgpack.Unpacker(ext_hook=_no_extension, strict_map_key=True, max_buffer_size=len(message))
    reader.feed(message)
    frames: list[Any] = []
    end = 0
    for frame in reader:
        frames.append(frame)
        end = reader.tell()  # asked here, since of a frame that breaks off it counts what there is
    if end != len(message):
        raise ProtocolError("the message ends within a frame")
    return frames


def _no_extension(code: int, payload: bytes) -> Any:
    raise ProtocolError(f"a frame holds the extension type {code}")


# It runs no Python code while it packs, so one serves every thread.
_pack: Callable[[Any], bytes] = msgpack.Packer(autoreset=True).pack


def write_frame(kind: int, *parts: Any) -> bytes:
    """The bytes of a frame."""
    return _pack((kind, *parts))
