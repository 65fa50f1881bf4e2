"""The four steps of the login, as messages. No I/O."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgpack
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from .errors import LoginRefusedError, ProtocolError
from .frames import (
    CHALLENGE,
    CHALLENGE_BODY,
    FROM_BRIDGE,
    HELLO,
    JOIN,
    LOGIN_MESSAGE_LIMIT,
    REFUSE,
    WELCOME,
    check_fields,
    read_message,
    write_frame,
)
from .signed_invocation import CLOCK_SKEW
from .versions import is_of_release, versions

log = logging.getLogger("kaizen_eatp_bridge")

VERSION = 4
_BRIDGE_DOMAIN = b"kaizen-eatp-bridge/3 bridge\n"
_AGENT_DOMAIN = b"kaizen-eatp-bridge/3 agent\n"

# Clocks that differ by less, in seconds, are not worth a word.
_LEAST_HEARTBEAT = 0.01
_LONGEST_GRACE = 30 * 24 * 3600.0
_CLOCK_NOTICED = 5.0


@dataclass(frozen=True)
class Terms:
    """The limits and times in the bridge's challenge. Sizes in bytes, times in seconds."""

    max_message: int
    window: int
    window_bytes: int
    heartbeat: float
    grace: float
    software: str = ""


@dataclass(frozen=True)
class Credentials:
    """The identity of a worker, and the bridge that it expects.

    Attributes:
        keys: The agents' keys, by name.
        kinds: What each agent is, by name; informative.
        bridge_key: The bridge's public key.
        token: The enrolment token's text, if there is one.
        capabilities: For each agent the capabilities to ask for, if fewer than the token offers.
    """

    keys: Mapping[str, SigningKey]
    bridge_key: bytes
    kinds: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None
    max_in_flight: int = 256
    capabilities: Mapping[str, list[str]] | None = None
    verify: str = ""


def software(verify: str = "") -> str:
    """How this worker calls itself: its versions, its verify mode, and its process, by which its parent knows it."""
    told = " ".join(f"{name}/{version}" for name, version in versions().items())
    return f"{told} pid/{os.getpid()}" + (f" verify/{verify}" if verify else "")


class Login:
    """One login on one connection.

    Args:
        session: The session's id, 16 bytes.
        resume: Whether a bridge welcomed this session before.
        received: The highest number taken in it.
    """

    def __init__(
        self,
        credentials: Credentials,
        session: bytes,
        resume: bool,
        received: int,
        nonce: bytes | None = None,
    ) -> None:
        self._credentials = credentials
        self.hello = write_frame(
            HELLO,
            {
                "versions": [VERSION],
                "session": session,
                "resume": resume,
                "received": received,
                "nonce": nonce or os.urandom(32),
                "software": software(self._credentials.verify),
            },
        )

    def answer(self, message: bytes | str) -> tuple[bytes, Terms]:
        """Checks that a challenge is the expected bridge's own, and makes the JOIN message.

        Raises:
            LoginRefusedError: The bridge refused, or it is another one.
            ProtocolError: It is no challenge.
        """
        fields = _read_one(message, CHALLENGE)
        body = _unpack_body(fields["body"])
        self._check_bridge(fields, body)
        if body["version"] != VERSION:
            raise LoginRefusedError(
                f"The bridge speaks version {body['version']} of the protocol, and this worker version {VERSION}.",
                "Update kaizen-eatp-bridge: pip install --upgrade kaizen-eatp-bridge"
                if body["version"] > VERSION
                else "Update the bridge's package: npm install @kaizen-eatp/bridge-python@latest",
                code="VERSION_UNKNOWN",
            )
        terms = Terms(
            max_message=body["max_message"],
            window=max(1, body["window"]),
            window_bytes=body["window_bytes"],
            # With none, a worker would do nothing but connect.
            heartbeat=max(_LEAST_HEARTBEAT, body["heartbeat_ms"] / 1000),
            grace=min(body["grace_ms"] / 1000, _LONGEST_GRACE),
            software=body["software"],
        )
        self._check_clock(body["time_ms"])
        self._compare_release(body["release"], terms.software)
        assert type(message) is bytes
        return self._join(message), terms

    def _check_clock(self, bridge_ms: int) -> None:
        """Refuses a bridge whose proofs this worker would refuse, each with a reason that does not name the clock."""
        ahead = time.time() - bridge_ms / 1000
        if abs(ahead) <= _CLOCK_NOTICED:
            return
        where = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the bridge's"
        if abs(ahead) <= CLOCK_SKEW.total_seconds() or self._credentials.verify == "off":
            log.warning("the clock of this machine is %s; synchronize both", where)
            return
        raise LoginRefusedError(
            f"The clock of this machine is {where}, so that every call would be refused.",
            "Synchronize the clocks of both machines, for instance with NTP.",
            code="CLOCK_DIFFERS",
        )

    @staticmethod
    def _compare_release(release: str, bridge: str) -> None:
        if not is_of_release(release):
            log.warning(
                "this is kaizen-eatp-bridge %s, and the bridge (%s) belongs to release %s; install packages that belong "
                "together: pip install 'kaizen-eatp-bridge==%s.*'",
                versions()["kaizen-eatp-bridge"],
                bridge,
                release,
                release,
            )

    def _check_bridge(self, fields: dict[str, Any], body: dict[str, Any]) -> None:
        if body["bridge_key"] != self._credentials.bridge_key:
            raise LoginRefusedError(
                "Another bridge answers at this address: its key is not the one that is expected.",
                "Check the address; if the bridge's key was changed, join with a new token or --bridge-key.",
                code="BRIDGE_UNKNOWN",
            )
        signed = _BRIDGE_DOMAIN + sha256(self.hello).digest() + sha256(fields["body"]).digest()
        try:
            VerifyKey(body["bridge_key"]).verify(signed, fields["signature"])
        except (BadSignatureError, ValueError) as error:
            raise LoginRefusedError(
                "The bridge's signature is invalid: another program may answer in its place.",
                "Check the address and the network.",
                code="BRIDGE_UNKNOWN",
            ) from error

    def _join(self, challenge: bytes) -> bytes:
        me = self._credentials
        body = msgpack.packb(
            {
                "agents": [
                    {"name": name, "public_key": bytes(key.verify_key), "kind": me.kinds.get(name, "")}
                    for name, key in me.keys.items()
                ],
                "token": me.token,
                "max_in_flight": me.max_in_flight,
                "capabilities": dict(me.capabilities) if me.capabilities is not None else None,
            }
        )
        signed = _AGENT_DOMAIN + b"".join(sha256(part).digest() for part in (self.hello, challenge, body))
        signatures = {name: key.sign(signed).signature for name, key in me.keys.items()}
        return write_frame(JOIN, {"body": body, "signatures": signatures})

    def welcome(self, message: bytes | str) -> tuple[int, dict[str, str]]:
        """The highest number that the bridge has taken, and the agents' ids by name.

        Raises:
            LoginRefusedError: The bridge refused.
            ProtocolError: It is no welcome.
        """
        fields = _read_one(message, WELCOME)
        agent_ids = {name: entry["agent_id"] for name, entry in fields["agents"].items()}
        missing = sorted(set(self._credentials.keys) - set(agent_ids))
        if missing:
            raise ProtocolError(f"WELCOME leaves out {', '.join(missing)}")
        # The id follows from the name. Otherwise a bridge could have an agent do what was delegated to another.
        wrong = sorted(name for name in self._credentials.keys if agent_ids[name] != f"agent-{name}")
        if wrong:
            raise ProtocolError(f"WELCOME gives {wrong[0]} the id of another agent")
        return fields["received"], agent_ids


def _read_one(message: bytes | str, expected: int) -> dict[str, Any]:
    frames = read_message(FROM_BRIDGE, message, LOGIN_MESSAGE_LIMIT)
    if len(frames) != 1:
        raise ProtocolError("each step of the login is one frame in a message of its own")
    kind, _, body = frames[0]
    if kind == REFUSE:
        message = body["message"]
        # Its remedy follows as a sentence of its own.
        raise LoginRefusedError(message if message.endswith(".") else f"{message}.", body["remedy"], code=body["code"])
    if kind != expected:
        raise ProtocolError(f"frame type {kind} came where {expected} was due")
    fields: dict[str, Any] = body
    return fields


def _unpack_body(data: bytes) -> dict[str, Any]:
    try:
        body = msgpack.unpackb(data, strict_map_key=True)
    except Exception as error:
        raise ProtocolError("the body of CHALLENGE is no MessagePack") from error
    return check_fields(CHALLENGE_BODY, body)
