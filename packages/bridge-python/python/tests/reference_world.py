"""Proofs for tests, made by the Python reference itself."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import uuid
import warnings
from hashlib import sha256
from typing import Any

from kaizen_eatp_bridge.signed_invocation import canonical, evidence_digest

warnings.filterwarnings("ignore")
logging.getLogger("kailash").setLevel(logging.CRITICAL)

from kailash.trust.authority import AuthorityPermission, OrganizationalAuthority
from kailash.trust.chain import AuthorityType, CapabilityType, DelegationRecord, TrustLineageChain
from kailash.trust.chain_store.memory import InMemoryTrustStore
from kailash.trust.chain_store.sqlite import SqliteTrustStore
from kailash.trust.exceptions import AuthorityNotFoundError
from kailash.trust.operations import CapabilityRequest, TrustKeyManager, TrustOperations
from kailash.trust.signing import delegation_canonical_payload_str
from kailash.trust.signing.crypto import generate_keypair, sign


class _Registry:
    def __init__(self) -> None:
        self.known: dict[str, OrganizationalAuthority] = {}

    async def initialize(self) -> None:
        pass

    async def get_authority(self, authority_id: str, include_inactive: bool = False) -> OrganizationalAuthority:
        if authority_id not in self.known:
            raise AuthorityNotFoundError(authority_id)
        return self.known[authority_id]

    async def update_authority(self, authority: OrganizationalAuthority) -> None:
        self.known[authority.id] = authority


class World:
    """Authorities, agents and delegations of the reference, and the proofs that a bridge would send of them."""

    def __init__(self) -> None:
        self.registry = _Registry()
        self.keys = TrustKeyManager()
        self.store = InMemoryTrustStore()
        self.ops = TrustOperations(self.registry, self.keys, self.store)
        self.private: dict[str, str] = {}
        self.authority("acme")

    def authority(self, authority_id: str, private_key: str = "", public_key: str = "") -> OrganizationalAuthority:
        if not private_key:
            private_key, public_key = generate_keypair()
        authority = OrganizationalAuthority(
            id=authority_id,
            name=authority_id,
            authority_type=AuthorityType.ORGANIZATION,
            public_key=public_key,
            signing_key_id=f"key-{authority_id}",
            permissions=list(AuthorityPermission),
        )
        self.registry.known[authority_id] = authority
        self.keys.register_key(authority.signing_key_id, private_key)
        self.private[authority_id] = private_key
        return authority

    @property
    def pinned(self) -> dict[str, str]:
        """What a worker believes."""
        return {a.id: a.public_key for a in self.registry.known.values()}

    def agent(
        self,
        agent_id: str,
        *capabilities: str,
        constraints: list[str] | None = None,
        authority_id: str = "acme",
        expires_at: dt.datetime | None = None,
    ) -> str:
        asyncio.run(
            self.ops.establish(
                agent_id,
                authority_id,
                [
                    CapabilityRequest(capability=name, capability_type=CapabilityType.ACTION)
                    for name in ("execute", *capabilities)
                ],
                constraints=constraints or [],
                expires_at=expires_at,
            )
        )
        return agent_id

    def delegate(
        self,
        delegator_id: str,
        delegatee_id: str,
        *capabilities: str,
        task_id: str = "task-1",
        parent: DelegationRecord | None = None,
        constraints: list[str] | None = None,
        expires_at: dt.datetime | None = None,
    ) -> DelegationRecord:
        record = asyncio.run(
            self.ops.delegate(
                delegator_id,
                delegatee_id,
                task_id,
                list(capabilities),
                additional_constraints=constraints,
                expires_at=expires_at,
            )
        )
        if parent is not None:
            # The reference's delegate() leaves the link to the parent out, though it signs and checks it.
            record.parent_delegation_id = parent.id
            self.resign(record)
        return record

    def resign(self, record: DelegationRecord) -> None:
        """Signs a delegation again as the delegator's authority would."""
        authority_id = self.chain(record.delegator_id).genesis.authority_id
        record.signature = sign(delegation_canonical_payload_str(record), self.private[authority_id])

    def chain(self, agent_id: str) -> TrustLineageChain:
        return self.store._chains[agent_id]

    def chains(self, *agent_ids_and_delegation: Any) -> list[str]:
        """The texts of the chains of agents, and of those above a delegation if the last argument is one."""
        *ids, at = agent_ids_and_delegation
        if isinstance(at, str):
            ids, at = [*ids, at], None
        while at is not None:
            ids.append(at.delegator_id)
            above = [d for d in self.chain(at.delegator_id).delegations if d.id == at.parent_delegation_id]
            at = above[0] if above else None
        return [stored_text(self.chain(i)) for i in dict.fromkeys(ids)]

    def proof(
        self,
        agent_id: str,
        payload: bytes = b"\xc0",
        *,
        action: str = "execute",
        delegation: DelegationRecord | None = None,
        chains: list[str] | None = None,
        binds_evidence: bool = False,
        signed_by: str | None = None,
        **changed: Any,
    ) -> dict[str, Any]:
        """What comes with an invocation of an agent: of the right form unless told otherwise."""
        texts = chains if chains is not None else self.chains(agent_id, delegation)
        authorities = [json.dumps(a.to_dict(), default=str) for a in self.registry.known.values()]
        now = dt.datetime.now(dt.UTC)
        authority_id = self.chain(agent_id).genesis.authority_id
        data: dict[str, Any] = {
            "version": "1",
            "invocation_id": f"run-1/{uuid.uuid4()}",
            "run_id": "run-1",
            "task_id": "task-1",
            "agent_id": agent_id,
            "action": action,
            "authority_id": authority_id,
            "delegation_id": delegation.id if delegation else None,
            "human_origin": None,
            "payload_sha256": sha256(payload).hexdigest(),
            "issued_at": now.isoformat(),
            "expires_at": (now + dt.timedelta(minutes=5)).isoformat(),
        }
        if binds_evidence:
            data["evidence_sha256"] = evidence_digest(texts, authorities)
        data.update(changed)
        data["signature"] = sign(canonical(data), self.private[signed_by or authority_id])
        return {"invocation": canonical(data), "chains": texts, "authorities": authorities}


def stored_text(chain: TrustLineageChain) -> str:
    """A chain as the reference's SQLite store writes it."""
    text: str = SqliteTrustStore._serialize_chain(None, chain)  # type: ignore[arg-type]  # it uses nothing of the store
    return text
