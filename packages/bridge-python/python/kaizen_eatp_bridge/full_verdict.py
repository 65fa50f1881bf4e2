"""The full verdict: the reference's own code on the chains, and our own checks of the delegations on top.

Imported only where `kailash` is installed.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from kailash.trust.authority import OrganizationalAuthority
from kailash.trust.chain import TrustLineageChain, VerificationLevel
from kailash.trust.chain_store.memory import InMemoryTrustStore
from kailash.trust.exceptions import AuthorityNotFoundError
from kailash.trust.operations import TrustKeyManager, TrustOperations

from .context import Facts
from .delegation_path import check_action, check_bindings, check_grants, check_task, find_path
from .errors import ProofRefusedError
from .signed_invocation import SignedInvocation, refuse
from .verdict import SignatureVerifier, facts_of

_REMEMBERED = 1024
# Verdicts under other labels could change with the time or the context, so they are made again each time.
_CONSTANT_LABELS = frozenset({"read_only", "audit_required", "no_delegation", "blackboard_write_only"})


@dataclass(frozen=True)
class _Verdict:
    """The result of verifying the chains. It does not depend on the task, the run or the person of an invocation.

    Attributes:
        path: The delegations, the one that the invocation names first.
        until: When the first of all records that it depends on expires.
    """

    path: list[Any]
    chain: tuple[str, ...]
    constraints: tuple[str, ...]
    until: dt.datetime | None


class FullVerifier(SignatureVerifier):
    """Checks the signed invocation, the chains at `full` with the reference's own code, and the delegations.

    The same evidence is verified once for each action. The task, the run and the person of an invocation
    are checked each time.

    Args:
        authorities: The public keys, in base64, of the authorities that are believed, by id.
    """

    def __init__(self, authorities: Mapping[str, str]) -> None:
        super().__init__(authorities)
        self._verdicts: OrderedDict[bytes, _Verdict] = OrderedDict()

    async def check(self, agent_id: str, proof: Mapping[str, Any] | None, payload: bytes, audience: str) -> Facts:
        invocation = self._check_signed(agent_id, proof, payload, audience)
        assert proof is not None
        now = dt.datetime.now(dt.UTC)
        key = _digest(invocation)
        verdict = self._verdicts.get(key)
        if verdict is None or (verdict.until is not None and now >= verdict.until):
            verdict, may_remember = await self._judge(invocation, proof, now)
            if may_remember:
                self._remember(key, verdict)
        else:
            self._verdicts.move_to_end(key)
        check_task(verdict.path, invocation)
        check_bindings(verdict.path, proof["bindings"], invocation)
        return facts_of(invocation, verdict.chain, verdict.constraints)

    def _remember(self, key: bytes, verdict: _Verdict) -> None:
        self._verdicts[key] = verdict
        self._verdicts.move_to_end(key)
        while len(self._verdicts) > _REMEMBERED:
            self._verdicts.popitem(last=False)

    async def _judge(
        self, invocation: SignedInvocation, proof: Mapping[str, Any], now: dt.datetime
    ) -> tuple[_Verdict, bool]:
        try:
            authorities = _Authorities(self._authorities, proof["authorities"])
            chains = _read_chains(proof["chains"])
            path = await self._judge_chains(invocation, authorities, chains, now)
            ids = [invocation.agent_id, *(link.delegator_id for link in path)]
            verdict = _Verdict(
                path=path,
                chain=tuple(reversed(ids)),
                constraints=tuple(path[0].constraint_subset) if path else (),
                until=min(_expiries(chains.values()), default=None),
            )
            return verdict, _labels(chains.values()) <= _CONSTANT_LABELS
        except ProofRefusedError:
            raise
        except Exception as error:  # whatever it is, nothing was shown
            refuse(f"The proof could not be checked: {type(error).__name__}: {error}")

    async def _judge_chains(
        self,
        invocation: SignedInvocation,
        authorities: _Authorities,
        chains: dict[str, TrustLineageChain],
        now: dt.datetime,
    ) -> list[Any]:
        chain = chains.get(invocation.agent_id)
        if chain is None:
            refuse(f"The chain of {invocation.agent_id} is missing.")
        if chain.genesis.authority_id != invocation.authority_id:
            refuse(f"The invocation is not signed by the agent's own authority, {chain.genesis.authority_id}.")
        path = find_path(chains, invocation, now)
        operations = _operations(authorities, chains)
        await _verify(operations, invocation.agent_id, invocation.action)
        for link in path:
            for capability in link.capabilities_delegated:
                await _verify(operations, link.delegator_id, capability)
        check_grants(chains, path, now)
        check_action(chains, path, invocation.agent_id, invocation.action, now)
        return path


async def _verify(operations: TrustOperations, agent_id: str, action: str) -> None:
    result = await operations.verify(agent_id, action, level=VerificationLevel.FULL)
    if result.valid is not True:
        refuse(f"The reference does not verify {agent_id} for {action!r}: {result.reason}.")


class _Authorities:
    """The reference's registry protocol over the authorities that are believed."""

    def __init__(self, believed: Mapping[str, str], texts: Iterable[str]) -> None:
        self._known: dict[str, OrganizationalAuthority] = {}
        for text in texts:
            authority = OrganizationalAuthority.from_dict(json.loads(text))
            # A second record could replace the one that is believed.
            if authority.id in self._known:
                refuse(f"Authority {authority.id} is there twice.")
            if believed.get(authority.id) == authority.public_key and authority.is_active:
                self._known[authority.id] = authority

    async def initialize(self) -> None:
        pass

    async def get_authority(self, authority_id: str, include_inactive: bool = False) -> OrganizationalAuthority:
        if authority_id not in self._known:
            raise AuthorityNotFoundError(authority_id)
        return self._known[authority_id]

    async def update_authority(self, authority: OrganizationalAuthority) -> None:
        raise NotImplementedError


class _Chains(InMemoryTrustStore):
    def __init__(self, chains: dict[str, TrustLineageChain]) -> None:
        super().__init__()
        self._chains = chains


def _operations(authorities: _Authorities, chains: dict[str, TrustLineageChain]) -> TrustOperations:
    operations = TrustOperations(authorities, TrustKeyManager(), _Chains(chains))
    # It would warn again for each proof that there is no ledger of revocations here; the bridge keeps that.
    operations._revocation_verifier_absent_warned = True
    return operations


def _read_chains(texts: list[str]) -> dict[str, TrustLineageChain]:
    chains: dict[str, TrustLineageChain] = {}
    for text in texts:
        data = json.loads(text)
        chain = TrustLineageChain.from_dict(data)
        for told, record in zip(data.get("delegations", []), chain.delegations, strict=True):
            _check_spelling(told, record)
        if chain.genesis.agent_id in chains:
            refuse(f"The chain of {chain.genesis.agent_id} is there twice.")
        chains[chain.genesis.agent_id] = chain
    return chains


def _check_spelling(told: dict[str, Any], record: Any) -> None:
    """Checks that a record is written in its one canonical form, which its signature does not cover."""
    for name in ("delegated_at", "expires_at"):
        time = getattr(record, name)
        if told.get(name) != (time.isoformat() if time is not None else None):
            refuse(f"Delegation {record.id} does not write its {name} as it must be.")
    if base64.b64encode(base64.b64decode(record.signature, validate=True)).decode() != record.signature:
        refuse(f"Delegation {record.id} does not write its signature as it must be.")


def _digest(invocation: SignedInvocation) -> bytes:
    """Identifies what a verdict depends on, apart from the time."""
    parts = [
        invocation.agent_id,
        invocation.action,
        invocation.authority_id,
        invocation.delegation_id or "",
        # It is the digest of chains, authorities and bindings.
        invocation.evidence_sha256,
    ]
    return sha256(b"".join(sha256(part.encode()).digest() for part in parts)).digest()


def _expiries(chains: Iterable[TrustLineageChain]) -> Iterable[dt.datetime]:
    for chain in chains:
        for record in (chain.genesis, *chain.capabilities, *chain.delegations):
            if record.expires_at is not None:
                yield record.expires_at


def _labels(chains: Iterable[TrustLineageChain]) -> set[str]:
    labels: set[str] = set()
    for chain in chains:
        labels.update(str(label).lower() for label in chain.genesis.metadata.get("constraints", []))
        for capability in chain.capabilities:
            labels.update(label.lower() for label in capability.constraints)
        for delegation in chain.delegations:
            labels.update(label.lower() for label in delegation.constraint_subset)
        if chain.constraint_envelope is not None:
            # An injected constraint, of whatever type, is not looked into.
            labels.update(str(c.value).lower() for c in chain.constraint_envelope.active_constraints)
    return labels
