"""The signed invocation that comes with each call: its text, its fields, its signature."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from .errors import ProofRefusedError
from .token import read_key

VALIDITY = dt.timedelta(minutes=5)
"""How long an invocation is good at most."""

CLOCK_SKEW = dt.timedelta(seconds=30)
"""How far ahead the signer's clock may be."""

_TEXTS = ("invocation_id", "task_id", "agent_id", "action", "authority_id", "payload_sha256", "signature")
_TEXTS_OR_NONE = ("run_id", "delegation_id")


@dataclass(frozen=True)
class SignedInvocation:
    """An invocation whose signature was found good."""

    invocation_id: str
    task_id: str
    agent_id: str
    action: str
    authority_id: str
    run_id: str | None
    delegation_id: str | None
    human_origin: Mapping[str, Any] | None
    payload_sha256: str
    evidence_sha256: str | None
    issued_at: dt.datetime
    expires_at: dt.datetime


def refuse(message: str) -> NoReturn:
    """Refuses an invocation."""
    raise ProofRefusedError(
        message, "Nothing was run. Look at who delegated what to the agent, and at the clocks of both machines."
    )


def canonical(data: Any) -> str:
    """The canonical JSON that is signed: keys by code point, ASCII, no white space."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def evidence_digest(chains: list[str], authorities: list[str]) -> str:
    """What `evidence_sha256` holds, in hex; docs/protocol.md, "Proof", says how it is made."""
    return sha256(_digest_of_all(chains) + _digest_of_all(authorities)).hexdigest()


def _digest_of_all(texts: list[str]) -> bytes:
    return sha256(b"".join(sha256(text.encode()).digest() for text in texts)).digest()


def read_invocation(text: str) -> dict[str, Any]:
    """The fields of an invocation's text, nothing of which is checked but their kinds.

    Raises:
        ProofRefusedError: It is not one.
    """
    try:
        data = json.loads(text)
        is_canonical = canonical(data) == text
    except (ValueError, RecursionError):
        refuse("The invocation is no JSON.")
    # One text for one meaning: no key twice, no other spelling of the same.
    if not (isinstance(data, dict) and is_canonical):
        refuse("The invocation is not in canonical form.")
    if data.get("version") != "1":
        refuse(f"Version {data.get('version')!r} of the invocation is unknown.")
    for name in _TEXTS:
        if not isinstance(data.get(name), str) or not data[name]:
            refuse(f"The invocation's {name} is missing or no text.")
    for name in (*_TEXTS_OR_NONE, "evidence_sha256"):
        if not (data.get(name) is None or isinstance(data[name], str)):
            refuse(f"The invocation's {name} is no text.")
    if not (data.get("human_origin") is None or isinstance(data["human_origin"], dict)):
        refuse("The invocation's human_origin is no object.")
    return data


def check_invocation(
    text: str, agent_id: str, payload: bytes, authorities: Mapping[str, str], now: dt.datetime
) -> SignedInvocation:
    """Checks all that can be told without the chains.

    Args:
        agent_id: The agent that is invoked.
        payload: The input's bytes.
        authorities: The public keys, in base64, of the authorities that are believed.

    Raises:
        ProofRefusedError: It is not for this agent and input, not signed by a known authority, or not good now.
    """
    data = read_invocation(text)
    if data["agent_id"] != agent_id:
        refuse(f"The invocation is for {data['agent_id']}, not for {agent_id}.")
    if data["payload_sha256"] != sha256(payload).hexdigest():
        refuse("The input is not the one that was signed.")
    _check_signature(data, authorities)
    issued_at, expires_at = _timestamp(data, "issued_at"), _timestamp(data, "expires_at")
    if issued_at > now + CLOCK_SKEW:
        refuse(f"The invocation is from the future: issued at {issued_at.isoformat()}.")
    if expires_at - issued_at > VALIDITY:
        refuse("The invocation is good for longer than may be.")
    if now >= expires_at:
        refuse(f"The invocation expired at {expires_at.isoformat()}.")
    return SignedInvocation(
        **{name: data[name] for name in _TEXTS if name != "signature"},
        **{name: data.get(name) for name in _TEXTS_OR_NONE},
        human_origin=data.get("human_origin"),
        evidence_sha256=data.get("evidence_sha256"),
        issued_at=issued_at,
        expires_at=expires_at,
    )


def _check_signature(data: dict[str, Any], authorities: Mapping[str, str]) -> None:
    authority_id = data["authority_id"]
    public_key = authorities.get(authority_id)
    if public_key is None:
        refuse(f"The invocation is signed by {authority_id}, an authority that this worker does not know.")
    try:
        signature = base64.b64decode(data["signature"], validate=True)
        # Base64 can spell the same bytes in several ways; only one is taken.
        if base64.b64encode(signature).decode() != data["signature"]:
            raise ValueError
        signed = canonical({name: item for name, item in data.items() if name != "signature"})
        VerifyKey(read_key(public_key)).verify(signed.encode("ascii"), signature)
    except (BadSignatureError, ValueError, binascii.Error):
        refuse(f"The invocation's signature by {authority_id} is not good.")


def _timestamp(data: dict[str, Any], name: str) -> dt.datetime:
    try:
        value = dt.datetime.fromisoformat(data[name])
    except (KeyError, TypeError, ValueError):
        refuse(f"The invocation's {name} is no timestamp.")
    if value.tzinfo is None:
        refuse(f"The invocation's {name} has no time zone.")
    return value
