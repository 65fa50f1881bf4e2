"""A small world of authorities and agents, judged by the Python reference itself.

Everything that signs, hashes or judges is the reference's own code. This module
only gives it an authority registry, keys and a store, and turns its records into
the JSON text that crosses to TypeScript.
"""

from __future__ import annotations

import json
import logging
import warnings
from datetime import datetime, timezone
from typing import Any
from collections.abc import Iterable

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

from kailash.trust.authority import AuthorityPermission, OrganizationalAuthority
from kailash.trust.chain import (
    AuditAnchor,
    AuthorityType,
    DelegationRecord,
    TrustLineageChain,
    VerificationLevel,
)
from kailash.trust.chain_store.memory import InMemoryTrustStore
from kailash.trust.chain_store.sqlite import SqliteTrustStore
from kailash.trust.exceptions import (
    AuthorityInactiveError,
    AuthorityNotFoundError,
    TrustChainNotFoundError,
)
from kailash.trust.operations import TrustKeyManager, TrustOperations
from kailash.trust.signing.crypto import (
    generate_keypair,
    serialize_for_signing,
    verify_signature,
)
from kailash.trust.signing.delegation_record_signing import (
    delegation_canonical_payload_str,
)

LEVELS = ("quick", "standard", "full")


def stored_text(chain: TrustLineageChain) -> str:
    """The chain as the reference's SQLite store writes it."""
    # The serialiser uses no state of the store, so no database is opened for it.
    return SqliteTrustStore._serialize_chain(None, chain)  # type: ignore[arg-type]


def parse_chain(text: str) -> TrustLineageChain:
    """The chain as the reference's SQLite store reads it."""
    return TrustLineageChain.from_dict(json.loads(text))


def delegation_text(record: DelegationRecord) -> str:
    """One delegation in the shape it has inside a stored chain."""
    data = TrustLineageChain._serialize_delegation(record)
    data["signature"] = record.signature
    return json.dumps(data)


def parse_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


class AuthorityRegistry:
    """The reference's AuthorityRegistryProtocol, in memory."""

    def __init__(self) -> None:
        self._authorities: dict[str, OrganizationalAuthority] = {}

    async def initialize(self) -> None:
        return None

    async def get_authority(
        self, authority_id: str, include_inactive: bool = False
    ) -> OrganizationalAuthority:
        authority = self._authorities.get(authority_id)
        if authority is None:
            raise AuthorityNotFoundError(authority_id)
        if not authority.is_active and not include_inactive:
            raise AuthorityInactiveError(authority_id)
        return authority

    async def update_authority(self, authority: OrganizationalAuthority) -> None:
        self._authorities[authority.id] = authority


class FreshCopyStore(InMemoryTrustStore):
    """Hands out a fresh copy of each chain, as a store on disk does.

    The reference changes chains in place before it writes them back. With shared
    objects a refused delegation would leave half a change behind, and audit
    anchors, which no store keeps, would stay on the chain and change verdicts.
    """

    async def get_chain(
        self, agent_id: str, include_inactive: bool = False
    ) -> TrustLineageChain:
        chain = await super().get_chain(agent_id, include_inactive)
        return parse_chain(stored_text(chain))

    def swap(
        self, agent_id: str, chain: TrustLineageChain | None
    ) -> TrustLineageChain | None:
        """Put a chain (or none) in place and return the one that was there."""
        before = self._chains.pop(agent_id, None)
        if chain is not None:
            self._chains[agent_id] = chain
        return before


class World:
    """One reference TrustOperations with its registry, keys and store."""

    def __init__(self) -> None:
        self.registry = AuthorityRegistry()
        self.keys = TrustKeyManager()
        self.store = FreshCopyStore()
        self.ops = TrustOperations(self.registry, self.keys, self.store)

    async def add_authority(
        self, authority: OrganizationalAuthority, private_key: str | None
    ) -> None:
        await self.registry.update_authority(authority)
        if private_key:
            self.keys.register_key(authority.signing_key_id, private_key)

    async def generate_authority(
        self, authority_id: str, name: str, authority_type: str
    ) -> tuple[OrganizationalAuthority, str]:
        private_key, public_key = generate_keypair()
        authority = OrganizationalAuthority(
            id=authority_id,
            name=name,
            authority_type=AuthorityType(authority_type),
            public_key=public_key,
            signing_key_id=f"key-{authority_id}",
            permissions=list(AuthorityPermission),
        )
        await self.add_authority(authority, private_key)
        return authority, private_key

    async def put(self, chain: TrustLineageChain) -> None:
        await self.store.store_chain(chain)

    async def stored(self, agent_id: str) -> str:
        return stored_text(await self.store.get_chain(agent_id))

    async def verify(
        self,
        agent_id: str,
        action: str,
        level: str = "standard",
        resource: str | None = None,
        context: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The reference's verdict. An exception out of it is a refusal too."""
        try:
            result = await self.ops.verify(
                agent_id=agent_id,
                action=action,
                resource=resource,
                level=VerificationLevel(level),
                context=_verify_context(context),
            )
        except Exception as error:  # whatever it raises, nothing was permitted
            return _refusal(f"raised {type(error).__name__}: {error}")
        return {
            "valid": result.valid,
            "reason": result.reason,
            "capability_used": result.capability_used,
            # The reference lists a set: the order must be made stable here.
            "effective_constraints": sorted(result.effective_constraints, key=str),
            "violations": result.violations,
        }

    async def verify_stored(
        self, stored: str, queries: Iterable[dict[str, str]]
    ) -> list[dict[str, Any]]:
        """Judge a chain put in place of its agent's own, which is then put back."""
        queries = list(queries)
        try:
            chain = parse_chain(stored)
        except Exception as error:
            reason = f"unreadable: {type(error).__name__}: {error}"
            return [_refusal(reason) for _ in queries]
        agent_id = chain.genesis.agent_id
        before = self.store.swap(agent_id, chain)
        try:
            return [
                await self.verify(agent_id, query["action"], query["level"])
                for query in queries
            ]
        finally:
            self.store.swap(agent_id, before)

    async def verify_delegation(self, stored: str) -> dict[str, Any]:
        """Judge one delegation by the delegator's chain in this world."""
        try:
            record = TrustLineageChain._deserialize_delegation(json.loads(stored))
        except Exception as error:
            return _refused(f"unreadable: {type(error).__name__}: {error}")
        try:
            delegator = await self.store.get_chain(record.delegator_id)
            result = await self.ops._verify_delegation_signature(record, delegator)
        except TrustChainNotFoundError:
            return _refused(f"Delegator chain not found: {record.delegator_id}")
        except Exception as error:
            return _refused(f"raised {type(error).__name__}: {error}")
        return {"valid": result.valid, "reason": result.reason}

    async def sign_chain(self, chain: TrustLineageChain) -> None:
        """Make every hash and signature of a chain again, as its owners may."""
        genesis, envelope = chain.genesis, chain.constraint_envelope
        genesis.signature = await self._sign(
            serialize_for_signing(genesis.to_signing_payload()), genesis.authority_id
        )
        for capability in chain.capabilities:
            payload = capability.to_signing_payload(genesis.agent_id)
            capability.signature = await self._sign(
                serialize_for_signing(payload), capability.attester_id
            )
        for record in chain.delegations:
            delegator = await self.store.get_chain(record.delegator_id)
            await self._sign_reasoning(record, delegator.genesis.authority_id)
            record.signature = await self._sign(
                delegation_canonical_payload_str(record), delegator.genesis.authority_id
            )
        if envelope and envelope.active_constraints:
            envelope.constraint_hash = envelope._compute_hash()
        await self.ops._issue_chain_state_signature(chain)

    async def sign_anchor(self, anchor: AuditAnchor, authority_id: str) -> None:
        await self._sign_reasoning(anchor, authority_id)
        payload = serialize_for_signing(anchor.to_signing_payload())
        anchor.signature = await self._sign(payload, authority_id)

    async def _sign_reasoning(
        self, record: DelegationRecord | AuditAnchor, authority_id: str
    ) -> None:
        if record.reasoning_trace is None:
            return
        record.reasoning_trace_hash = record.reasoning_trace.content_hash_hex()
        reasoning = record.reasoning_trace.to_signing_payload()
        payload = {"parent_record_id": record.id, "reasoning": reasoning}
        record.reasoning_signature = await self._sign(
            serialize_for_signing(payload), authority_id
        )

    async def _sign(self, payload: str, authority_id: str) -> str:
        authority = await self.registry.get_authority(authority_id)
        return await self.keys.sign(payload, authority.signing_key_id)

    async def verify_anchor(self, stored: str, authority_id: str) -> dict[str, Any]:
        """Judge one audit anchor by the key of the authority named."""
        anchor = AuditAnchor.from_dict(json.loads(stored))
        payload = serialize_for_signing(anchor.to_signing_payload())
        authority = await self.registry.get_authority(authority_id, True)
        try:
            valid = verify_signature(payload, anchor.signature, authority.public_key)
        except Exception:  # a malformed signature raises instead of returning False
            valid = False
        return {"valid": valid, "payload": payload}


def _verify_context(context: dict[str, Any] | None) -> dict[str, Any]:
    """JSON has no datetime, but the reference reads the hour only from one."""
    context = dict(context or {})
    if isinstance(context.get("current_time"), str):
        context["current_time"] = datetime.fromisoformat(context["current_time"])
    return context


def _refused(reason: str) -> dict[str, Any]:
    return {"valid": False, "reason": reason}


def _refusal(reason: str) -> dict[str, Any]:
    return {
        **_refused(reason),
        "capability_used": None,
        "effective_constraints": [],
        "violations": [],
    }


def utc_now_text() -> str:
    return datetime.now(timezone.utc).isoformat()
