"""The four steps of the login, one by one. The scenarios test the bytes, test_connection.py the whole login."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from typing import Any

import msgpack
import pytest
from nacl.signing import SigningKey

from kaizen_eatp_bridge import frames
from kaizen_eatp_bridge.errors import BridgeError, LoginRefusedError, ProtocolError
from kaizen_eatp_bridge.frames import FROM_WORKER, read_message, write_frame
from kaizen_eatp_bridge.login import VERSION, Credentials, Login

BRIDGE = SigningKey(bytes(range(32)))
KEYS = {"analyst": SigningKey.generate(), "judge": SigningKey.generate()}
SAID = {"time_ms": 0, "release": "0.1", "software": "test"}
TERMS = {"max_message": 5000, "window": 7, "window_bytes": 900, "heartbeat_ms": 250, "grace_ms": 1500, **SAID}
TEXTS = ("release", "software")


def login(**more: Any) -> Login:
    return Login(Credentials(KEYS, bytes(BRIDGE.verify_key), **more), bytes(16), False, 0)


def challenge(to: Login, **changed: Any) -> bytes:
    body = {"version": VERSION, "nonce": os.urandom(32), "bridge_key": bytes(BRIDGE.verify_key), **TERMS}
    body |= {"time_ms": round(time.time() * 1000), **changed}
    packed = msgpack.packb({name: item for name, item in body.items() if item is not ...})
    signed = b"kaizen-eatp-bridge/3 bridge\n" + sha256(to.hello).digest() + sha256(packed).digest()
    return write_frame(frames.CHALLENGE, {"body": packed, "signature": BRIDGE.sign(signed).signature})


def test_every_hello_is_unlike_every_other() -> None:
    hellos = [msgpack.unpackb(login().hello)[1] for _ in range(20)]
    assert len({hello["nonce"] for hello in hellos}) == 20
    assert f"pid/{os.getpid()}" in hellos[0]["software"]


def test_the_terms_are_the_bridges() -> None:
    me = login()
    _, terms = me.answer(challenge(me))
    assert (terms.max_message, terms.window, terms.window_bytes) == (5000, 7, 900)
    assert (terms.heartbeat, terms.grace) == (0.25, 1.5)


def test_each_agent_signs_for_itself_and_over_everything_said() -> None:
    me = login(token="eatp1_x", max_in_flight=9, capabilities={"judge": ["vote"]}, kinds={"judge": "base_agent"})
    message = challenge(me)
    join, _ = me.answer(message)
    (frame,) = read_message(FROM_WORKER, join, 65536)
    body = msgpack.unpackb(frame.body["body"])
    assert (body["token"], body["max_in_flight"], body["capabilities"]) == ("eatp1_x", 9, {"judge": ["vote"]})
    assert {a["name"]: a["kind"] for a in body["agents"]} == {"analyst": "", "judge": "base_agent"}
    signed = b"kaizen-eatp-bridge/3 agent\n" + b"".join(
        sha256(part).digest() for part in (me.hello, message, frame.body["body"])
    )
    for name, key in KEYS.items():
        key.verify_key.verify(signed, frame.body["signatures"][name])


def test_a_challenge_for_another_hello_is_not_answered() -> None:
    mine, anothers = login(), login()
    with pytest.raises(LoginRefusedError) as refused:
        mine.answer(challenge(anothers))
    assert refused.value.code == "BRIDGE_UNKNOWN"


@pytest.mark.parametrize(("version", "remedy"), [(VERSION - 1, "npm install"), (VERSION + 1, "pip install --upgrade")])
def test_a_version_that_is_not_spoken(version: int, remedy: str) -> None:
    me = login()
    with pytest.raises(LoginRefusedError, match=f"version {version}.*{remedy}") as refused:
        me.answer(challenge(me, version=version))
    assert refused.value.code == "VERSION_UNKNOWN"


@pytest.mark.parametrize("name", ["version", "nonce", "bridge_key", *TERMS])
def test_each_field_must_be_there_and_of_its_kind(name: str) -> None:
    me = login()
    for bad in (..., None, -1 if name in TEXTS else "1", -1, 1.5, [], bytes(31)):
        with pytest.raises(BridgeError):
            me.answer(challenge(me, **{name: bad}))


@pytest.mark.parametrize(("seconds", "where"), [(60, "60 s behind"), (-3600, "3600 s ahead of")])
def test_a_clock_that_is_off_is_refused_before_any_call(seconds: int, where: str) -> None:
    me = login(verify="full")
    with pytest.raises(LoginRefusedError, match=f"{where} the bridge's.*Synchronize") as refused:
        me.answer(challenge(me, time_ms=round((time.time() + seconds) * 1000)))
    assert refused.value.code == "CLOCK_DIFFERS"


@pytest.mark.parametrize(("mode", "seconds"), [("full", 10), ("off", 3600)])
def test_a_clock_that_is_off_by_what_can_be_borne_is_warned_of(
    mode: str, seconds: int, caplog: pytest.LogCaptureFixture
) -> None:
    me = login(verify=mode)
    assert me.answer(challenge(me, time_ms=round((time.time() + seconds) * 1000)))
    assert f"{seconds} s behind the bridge's" in caplog.text


def test_a_bridge_of_another_release_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    me = login()
    assert me.answer(challenge(me)) and caplog.text == ""
    assert me.answer(challenge(me, release="7.3"))
    assert "belongs to release 7.3" in caplog.text and "kaizen-eatp-bridge==7.3.*" in caplog.text


def test_fields_that_are_not_known_are_left_alone() -> None:
    me = login()
    assert me.answer(challenge(me, colour="green"))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        "text",
        write_frame(frames.WELCOME, {"received": 0, "agents": {}}),
        write_frame(frames.PING, 1),
        write_frame(frames.CHALLENGE, {"body": b"\xc1", "signature": bytes(64)}),
        write_frame(frames.CHALLENGE, {"body": b"\x90", "signature": bytes(64)}),
    ],
)
def test_what_is_no_challenge(message: Any) -> None:
    with pytest.raises(ProtocolError):
        login().answer(message)


def test_two_steps_in_one_message_are_refused() -> None:
    me = login()
    with pytest.raises(ProtocolError, match="one frame in a message of its own"):
        me.answer(challenge(me) + write_frame(frames.PING, 1))


def test_a_refusal_at_either_step() -> None:
    refuse = write_frame(frames.REFUSE, {"code": "OVERLOADED", "message": "too many", "remedy": "Wait."})
    for step in (login().answer, login().welcome):
        with pytest.raises(LoginRefusedError, match=r"too many\. Wait\.") as refused:
            step(refuse)
        assert refused.value.code == "OVERLOADED"


def test_a_welcome_must_name_every_agent() -> None:
    both = {name: {"agent_id": f"agent-{name}"} for name in KEYS}
    assert login().welcome(write_frame(frames.WELCOME, {"received": 4, "agents": both})) == (
        4,
        {name: f"agent-{name}" for name in KEYS},
    )
    del both["judge"]
    with pytest.raises(ProtocolError, match="leaves out judge"):
        login().welcome(write_frame(frames.WELCOME, {"received": 4, "agents": both}))


def test_a_message_larger_than_a_login_needs() -> None:
    with pytest.raises(ProtocolError) as refused:
        login().answer(write_frame(frames.CHALLENGE, {"body": bytes(70_000), "signature": bytes(64)}))
    assert refused.value.close_code == 1009
