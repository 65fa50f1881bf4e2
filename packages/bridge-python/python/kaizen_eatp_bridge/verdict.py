"""Whether an invocation was delegated to the agent that is to do it. Everything unexpected is refused."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from .context import NO_FACTS, Facts, has_kailash
from .errors import ProofRefusedError, StartError
from .signed_invocation import (
    CLOCK_SKEW,
    VALIDITY,
    SignedInvocation,
    check_invocation,
    read_invocation,
    refuse,
)
from .incoming import Verifier


def make_verifier(mode: str, authorities: Mapping[str, str]) -> Verifier:
    """The verifier for `--verify`.

    Args:
        mode: `full` checks the chains with the reference's own code; `signature` checks the signed invocation only;
            `auto` is `full` where the reference is installed, else `signature`; `off` accepts all.
        authorities: The public keys, in base64, of the authorities that are believed, by id.

    Raises:
        StartError: The reference is not installed, or no authority is known, so that all would be refused.
    """
    if mode == "off":
        return Credulous()
    if mode == "full" and not has_kailash():
        raise StartError(
            "--verify full needs the Python reference, which is not installed.",
            "Install it: pip install 'kaizen-eatp-bridge[kaizen]'",
        )
    if not authorities:
        raise StartError(
            "No authority is known, so that every invocation would be refused.",
            "Join with an enrolment token, name one with --authority FILE.json, or pass --verify off.",
        )
    if mode == "signature" or not has_kailash():
        return SignatureVerifier(authorities)
    from .full_verdict import FullVerifier

    return FullVerifier(authorities)


class Credulous:
    """Accepts all, and tells what the invocation says of itself."""

    async def check(self, agent_id: str, proof: Mapping[str, Any] | None, payload: bytes, audience: str) -> Facts:
        if proof is None:
            return NO_FACTS
        try:
            data = read_invocation(proof["invocation"])
            chain, constraints = _told_path(agent_id, data.get("delegation_id"), proof["chains"])
            human_origin = json.loads(proof["person"])["origin"] if proof.get("person") else None
        except (ProofRefusedError, ValueError, KeyError, TypeError, AttributeError):
            return NO_FACTS
        names = ("invocation_id", "task_id", "run_id", "agent_id", "action", "delegation_id")
        told = {name: data.get(name) for name in names}
        return Facts(**told, delegation_chain=chain, constraints=constraints, human_origin=human_origin)  # type: ignore[arg-type]


class SignatureVerifier:
    """Checks the signed invocation: that a known authority signed it for this agent, input and call, and that it is valid
    now and comes for the first time.

    Args:
        authorities: The public keys, in base64, of the authorities that are believed, by id.
    """

    def __init__(self, authorities: Mapping[str, str]) -> None:
        self._authorities = dict(authorities)
        self._seen = _Seen()

    async def check(self, agent_id: str, proof: Mapping[str, Any] | None, payload: bytes, audience: str) -> Facts:
        return facts_of(self._check_signed(agent_id, proof, payload, audience), (agent_id,), ())

    def _check_signed(
        self, agent_id: str, proof: Mapping[str, Any] | None, payload: bytes, audience: str
    ) -> SignedInvocation:
        if proof is None:
            refuse("The invocation came without a proof.")
        now = dt.datetime.now(dt.UTC)
        invocation = check_invocation(proof, agent_id, payload, audience, self._authorities, now)
        if not self._seen.add(audience, now):
            refuse(f"The invocation {invocation.invocation_id} was seen before.")
        return invocation


def facts_of(invocation: SignedInvocation, chain: tuple[str, ...], constraints: tuple[str, ...]) -> Facts:
    """Returns the facts about a valid invocation that its agent can see."""
    return Facts(
        invocation_id=invocation.invocation_id,
        task_id=invocation.task_id,
        run_id=invocation.run_id,
        agent_id=invocation.agent_id,
        action=invocation.action,
        delegation_id=invocation.delegation_id,
        delegation_chain=chain,
        constraints=constraints,
        human_origin=invocation.human_origin,
    )


class _Seen:
    """The calls whose proofs could still come again. It keeps two generations, so that forgetting costs nothing."""

    _span = VALIDITY + CLOCK_SKEW

    def __init__(self) -> None:
        self._new: set[str] = set()
        self._old: set[str] = set()
        self._until: dt.datetime | None = None

    def add(self, audience: str, now: dt.datetime) -> bool:
        """Returns False for one that was seen."""
        if self._until is None or now >= self._until:
            self._old, self._new = self._new, set()
            self._until = now + self._span
        if audience in self._new or audience in self._old:
            return False
        self._new.add(audience)
        return True


def _told_path(
    agent_id: str, delegation_id: str | None, chains: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The delegation path as the chains tell it, unchecked."""
    delegations = {
        d["id"]: d for text in chains for d in json.loads(text).get("delegations", []) if isinstance(d, dict)
    }
    path = [agent_id]
    leaf = at = delegations.get(delegation_id)
    while at is not None and at["delegator_id"] not in path:
        path.append(at["delegator_id"])
        at = delegations.get(at.get("parent_delegation_id"))
    return tuple(reversed(path)), tuple(leaf["constraint_subset"]) if leaf else ()
