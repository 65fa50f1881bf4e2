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

VERSION = "2"
"""The version of invocations that this worker reads."""

_TEXTS = (
    "invocation_id",
    "task_id",
    "agent_id",
    "action",
    "authority_id",
    "payload_sha256",
    "audience",
    "evidence_sha256",
    "signature",
)
_TEXTS_OR_NONE = ("run_id", "delegation_id")
_BINDING = ("run_id", "invocation_id", "person")
_PERSON = ("pseudonym", "digest")


@dataclass(frozen=True)
class Binding:
    """The run, the invocation and the person's pseudonym that a delegation was made for."""

    run_id: str | None
    invocation_id: str | None
    person: str | None


@dataclass(frozen=True)
class SignedInvocation:
    """An invocation whose signature is valid."""

    invocation_id: str
    task_id: str
    agent_id: str
    action: str
    authority_id: str
    run_id: str | None
    delegation_id: str | None
    delegated_for: Binding | None
    person: str | None
    human_origin: Mapping[str, Any] | None
    payload_sha256: str
    audience: str
    evidence_sha256: str
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


def evidence_digest(chains: list[str], authorities: list[str], bindings: list[str]) -> str:
    """Returns `evidence_sha256`, in hex; docs/protocol.md, "Proof", says how it is made."""
    return sha256(b"".join(map(_digest_of_all, (chains, authorities, bindings)))).hexdigest()


def _digest_of_all(texts: list[str]) -> bytes:
    return sha256(b"".join(sha256(text.encode()).digest() for text in texts)).digest()


def read_invocation(text: str) -> dict[str, Any]:
    """Reads the fields of an invocation and checks nothing but their types.

    Raises:
        ProofRefusedError: It is not an invocation of a version that this worker reads.
    """
    data = read_canonical(text, "The invocation")
    if data.get("version") != VERSION:
        raise ProofRefusedError(
            f"Version {data.get('version')!r} of the invocation is unknown; this worker reads version {VERSION!r}.",
            "Install versions of kaizen-eatp-bridge and @kaizen-eatp/bridge-python that belong together.",
        )
    for name in _TEXTS:
        if not isinstance(data.get(name), str) or not data[name]:
            refuse(f"The invocation's {name} is missing or no text.")
    for name in _TEXTS_OR_NONE:
        if not (data.get(name) is None or isinstance(data[name], str)):
            refuse(f"The invocation's {name} is no text.")
    for name, fields in (("delegated_for", _BINDING), ("person", _PERSON)):
        if not (data.get(name) is None or _has_fields(data[name], fields)):
            refuse(f"The invocation's {name} is not as it must be.")
    if (data.get("delegation_id") is None) is not (data.get("delegated_for") is None):
        refuse("The invocation's delegation_id and delegated_for do not belong together.")
    return data


def read_canonical(text: str, what: str) -> dict[str, Any]:
    """Reads a JSON object that must be written in its canonical form, so that one string has one meaning.

    Raises:
        ProofRefusedError: It is not such an object.
    """
    try:
        data = json.loads(text)
        is_canonical = canonical(data) == text
    except (ValueError, RecursionError):
        refuse(f"{what} is no JSON.")
    if not (isinstance(data, dict) and is_canonical):
        refuse(f"{what} is not in canonical form.")
    return data


def read_binding(text: str, delegation_id: str) -> Binding:
    """Reads what a delegation was made for, and checks that the delegation's id is the digest of it.

    Raises:
        ProofRefusedError: It is not.
    """
    if f"del-{sha256(text.encode()).hexdigest()}" != delegation_id:
        refuse(f"Delegation {delegation_id} was made for something else than the proof says.")
    data = read_canonical(text, f"The binding of delegation {delegation_id}")
    if not (_has_fields(data, (*_BINDING, "nonce")) and isinstance(data["nonce"], str)):
        refuse(f"The binding of delegation {delegation_id} is not as it must be.")
    return _binding_of(data)


def _binding_of(data: dict[str, Any]) -> Binding:
    return Binding(*(data[name] for name in _BINDING))


def _has_fields(data: Any, names: tuple[str, ...]) -> bool:
    return (
        isinstance(data, dict)
        and data.keys() == set(names)
        and all(item is None or isinstance(item, str) for item in data.values())
    )


def check_invocation(
    proof: Mapping[str, Any],
    agent_id: str,
    payload: bytes,
    audience: str,
    authorities: Mapping[str, str],
    now: dt.datetime,
) -> SignedInvocation:
    """Checks all that can be checked without the chains.

    Args:
        agent_id: The agent that is invoked.
        payload: The input's bytes.
        audience: The session and the call by which the proof came.
        authorities: The public keys, in base64, of the authorities that are believed.

    Raises:
        ProofRefusedError: It is not for this agent, input and call, not signed by a known authority, or not valid now.
    """
    data = read_invocation(proof["invocation"])
    if data["agent_id"] != agent_id:
        refuse(f"The invocation is for {data['agent_id']}, not for {agent_id}.")
    if data["payload_sha256"] != sha256(payload).hexdigest():
        refuse("The input is not the one that was signed.")
    if data["audience"] != audience:
        refuse("The invocation is for another session or another call.")
    _check_signature(data, authorities)
    if data["evidence_sha256"] != evidence_digest(proof["chains"], proof["authorities"], proof["bindings"]):
        refuse("The chains, authorities or bindings are not the ones that were signed.")
    issued_at, expires_at = _timestamp(data, "issued_at"), _timestamp(data, "expires_at")
    if issued_at > now + CLOCK_SKEW:
        refuse(f"The invocation is from the future: issued at {issued_at.isoformat()}.")
    if expires_at - issued_at > VALIDITY:
        refuse("The invocation is valid for longer than is allowed.")
    if now >= expires_at:
        refuse(f"The invocation expired at {expires_at.isoformat()}.")
    return SignedInvocation(
        **{name: data[name] for name in _TEXTS if name != "signature"},
        **{name: data.get(name) for name in _TEXTS_OR_NONE},
        delegated_for=_binding_of(data["delegated_for"]) if data.get("delegated_for") else None,
        person=data["person"]["pseudonym"] if data.get("person") else None,
        human_origin=_human_origin(data.get("person"), proof.get("person")),
        issued_at=issued_at,
        expires_at=expires_at,
    )


def _human_origin(person: dict[str, Any] | None, disclosed: str | None) -> dict[str, Any] | None:
    """Returns the person's data, whose digest is signed."""
    if person is None and disclosed is None:
        return None
    if person is None or disclosed is None or sha256(disclosed.encode()).hexdigest() != person["digest"]:
        refuse("The person's data is not what was signed.")
    origin = read_canonical(disclosed, "The person's data").get("origin")
    if not isinstance(origin, dict):
        refuse("The person's data is not as it must be.")
    return origin


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
        refuse(f"The invocation's signature by {authority_id} is invalid.")


def _timestamp(data: dict[str, Any], name: str) -> dt.datetime:
    try:
        value = dt.datetime.fromisoformat(data[name])
    except (KeyError, TypeError, ValueError):
        refuse(f"The invocation's {name} is no timestamp.")
    if value.tzinfo is None:
        refuse(f"The invocation's {name} has no time zone.")
    return value
