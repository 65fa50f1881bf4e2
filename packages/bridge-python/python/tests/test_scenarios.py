"""The protocol's examples, which the TypeScript side runs too."""

from __future__ import annotations

import datetime as dt
import json
import math
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgpack
import pytest
from nacl.signing import SigningKey
from typed import from_typed, to_typed

from kaizen_eatp_bridge.errors import BridgeError, NotPortableError, ProtocolError, StartError
from kaizen_eatp_bridge.frames import FROM_BRIDGE, FROM_WORKER, read_message
from kaizen_eatp_bridge.login import VERSION, Credentials, Login
from kaizen_eatp_bridge.session import Session
from kaizen_eatp_bridge.signed_invocation import canonical, check_invocation, evidence_digest
from kaizen_eatp_bridge.token import read_token
from kaizen_eatp_bridge.values import decode, encode

PYTHON = Path(__file__).parent.parent
SCENARIOS = json.loads((PYTHON.parent / "protocol" / "scenarios.json").read_text(encoding="utf-8"))
FORMS = {"bridge-to-worker": FROM_BRIDGE, "worker-to-bridge": FROM_WORKER}


def each(key: str) -> Any:
    entries = SCENARIOS[key]
    assert len(entries) > 0
    return pytest.mark.parametrize("entry", entries, ids=[e["name"] for e in entries])


def test_the_file_is_what_the_script_writes() -> None:
    script = PYTHON / "tools" / "make_scenarios.py"
    assert subprocess.run([sys.executable, str(script), "--check"], check=False).returncode == 0


@each("values")
def test_values(entry: dict[str, Any]) -> None:
    value = decode(bytes.fromhex(entry["hex"]))
    assert to_typed(value) == entry["typed"]
    expected = from_typed(entry["typed"])
    assert to_typed(decode(encode(expected))) == entry["typed"]
    is_nan = isinstance(value, float) and math.isnan(value)
    assert is_nan or to_typed(value) == to_typed(expected)


@each("bad_values")
def test_bad_values(entry: dict[str, Any]) -> None:
    with pytest.raises(NotPortableError):
        decode(bytes.fromhex(entry["hex"]))


@each("frames")
def test_frames(entry: dict[str, Any]) -> None:
    message = bytes.fromhex(entry["hex"])
    forms = FORMS[entry["direction"]]
    (frame,) = read_message(forms, message, 65536)
    assert (frame.type, frame.number or None, to_typed(frame.body)) == (
        entry["type"],
        entry["number"],
        entry["fields"],
    )
    assert read_message(forms, message * 3, 65536) == [frame] * 3


@each("bad_frames")
def test_bad_frames(entry: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_message(FORMS[entry["direction"]], bytes.fromhex(entry["hex"]), 1 << 20)
    assert refused.value.close_code == entry["close"]


@each("sequences")
def test_sequences(entry: dict[str, Any]) -> None:
    session = Session()
    outcomes = []
    for number in entry["arrives"]:
        try:
            outcomes.append("take" if session.take(number) else "duplicate")
        except ProtocolError as error:
            assert error.close_code == 4409
            outcomes.append("gap")
    assert outcomes == entry["outcomes"]
    assert msgpack.unpackb(session.ack()) == [0, entry["ack"]]


class TestLogin:
    told = SCENARIOS["login"]
    hello, challenge = bytes.fromhex(told["hello"]), bytes.fromhex(told["challenge"])
    keys = {name: SigningKey(bytes.fromhex(seed)) for name, seed in told["agent_seeds"].items()}
    credentials = Credentials(
        keys, bytes.fromhex(told["bridge_key"]), kinds=dict.fromkeys(keys, "function"), max_in_flight=256, verify="off"
    )

    def login(self) -> Login:
        login = Login(self.credentials, bytes(16), False, 0)
        login.hello = self.hello
        return login

    def test_hello_is_a_frame_that_a_bridge_reads(self) -> None:
        (frame,) = read_message(FROM_WORKER, self.hello, 65536)
        assert frame.body["versions"] == [VERSION]
        # This worker's messages differ from it in the nonce and the software only.
        ours = msgpack.unpackb(Login(self.credentials, frame.body["session"], False, 0).hello)
        assert ours[1].keys() == frame.body.keys()
        assert all(ours[1][k] == frame.body[k] for k in frame.body if k not in ("nonce", "software"))

    def test_the_challenge_is_signed_as_it_says(self) -> None:
        body = bytes.fromhex(self.told["challenge_body"])
        signed = b"kaizen-eatp-bridge/3 bridge\n" + sha256(self.hello).digest() + sha256(body).digest()
        assert signed.hex() == self.told["challenge_signed"]
        bridge = SigningKey(bytes.fromhex(self.told["bridge_seed"]))
        assert msgpack.unpackb(self.challenge)[1] == {"body": body, "signature": bridge.sign(signed).signature}

    def test_the_answer_is_byte_for_byte_the_same(self) -> None:
        join, terms = self.login().answer(self.challenge)
        assert join.hex() == self.told["join"]
        assert (terms.window, terms.heartbeat, terms.grace) == (512, 5.0, 30.0)
        body = msgpack.unpackb(join)[1]
        assert {n: s.hex() for n, s in body["signatures"].items()} == self.told["join_signatures"]
        signed = bytes.fromhex(self.told["join_signed"])
        for name, key in self.keys.items():
            key.verify_key.verify(signed, body["signatures"][name])

    def test_welcome(self) -> None:
        received, agent_ids = self.login().welcome(bytes.fromhex(self.told["welcome"]))
        assert (received, agent_ids) == (0, {"analyst": "agent-analyst", "judge": "agent-judge"})

    @pytest.mark.parametrize("entry", told["bad_challenges"], ids=[e["name"] for e in told["bad_challenges"]])
    def test_a_bad_challenge_is_not_answered(self, entry: dict[str, Any]) -> None:
        with pytest.raises(BridgeError) as refused:
            self.login().answer(bytes.fromhex(entry["hex"]))
        assert refused.value.code == "BRIDGE_UNKNOWN"

    def test_any_changed_byte_of_the_challenge_is_not_answered(self) -> None:
        for at in range(len(self.challenge)):
            changed = bytearray(self.challenge)
            changed[at] ^= 1
            with pytest.raises(BridgeError):
                self.login().answer(bytes(changed))


@pytest.mark.parametrize("entry", SCENARIOS["tokens"]["good"])
def test_tokens(entry: dict[str, Any]) -> None:
    token = read_token(entry["text"])
    assert token.authorities == entry["authorities"]
    assert entry["secret"] not in repr(token)


@pytest.mark.parametrize("entry", SCENARIOS["tokens"]["bad"], ids=[e["name"] for e in SCENARIOS["tokens"]["bad"]])
def test_bad_tokens(entry: dict[str, Any]) -> None:
    with pytest.raises(StartError):
        read_token(entry["text"])


@each("invocations")
def test_invocations(entry: dict[str, Any]) -> None:
    data = json.loads(entry["text"])
    assert canonical({k: v for k, v in data.items() if k != "signature"}) == entry["signed"]
    evidence = {name: entry[name] for name in ("chains", "authorities", "bindings")}
    assert evidence_digest(**evidence) == data["evidence_sha256"]
    assert [f"del-{sha256(text.encode()).hexdigest()}" for text in entry["bindings"]] == [data["delegation_id"]]
    good = check_invocation(
        {"invocation": entry["text"], **evidence, "person": entry["person"]},
        data["agent_id"],
        bytes.fromhex(entry["input"]),
        data["audience"],
        {data["authority_id"]: entry["authority_key"]},
        dt.datetime.fromisoformat(entry["now"]),
    )
    assert good.action == data["action"]
    assert good.human_origin == json.loads(entry["person"])["origin"]
