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
        self.bindings: dict[str, dict[str, str | None]] = {}
        """The purpose of each delegation, by its id."""
        self.audience = ""
        """The audience of the newest proof."""
        self._proofs = 0
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
        """The public keys of the authorities that a worker believes."""
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
        run_id: str | None = "run-1",
        made_in: str | None = None,
        person: str | None = None,
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
        binding = {"run_id": run_id, "invocation_id": made_in, "person": person, "nonce": uuid.uuid4().hex}
        record.id = f"del-{sha256(canonical(binding).encode()).hexdigest()}"
        self.bindings[record.id] = binding
        if parent is not None:
            # The reference's delegate() leaves the link to the parent out, though it signs and checks it.
            record.parent_delegation_id = parent.id
        self.resign(record)
        asyncio.run(self.ops._issue_chain_state_signature(self.chain(delegatee_id)))
        return record

    def resign(self, record: DelegationRecord) -> None:
        """Signs a delegation again as the delegator's authority would."""
        authority_id = self.chain(record.delegator_id).genesis.authority_id
        record.signature = sign(delegation_canonical_payload_str(record), self.private[authority_id])

    def chain(self, agent_id: str) -> TrustLineageChain:
        return self.store._chains[agent_id]

    def chains(self, *agent_ids_and_delegation: Any) -> list[str]:
        """The chains of agents as JSON, followed by those of the delegators above a delegation, if one is given."""
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
        authorities: list[str] | None = None,
        bindings: list[str] | None = None,
        person: str | None = None,
        human_origin: dict[str, Any] | None = None,
        signed_by: str | None = None,
        fields: dict[str, Any] | None = None,
        **changed: Any,
    ) -> dict[str, Any]:
        """Makes the proof of an invocation. It is valid unless the arguments change it.

        Args:
            person: The pseudonym of the person that it is for.
            fields: Fields of the invocation that are to be different; `changed` is the same.
            human_origin: The person's data. Default: nothing but an id, if there is a pseudonym.
        """
        texts = chains if chains is not None else self.chains(agent_id, delegation)
        authorities = self.authority_texts() if authorities is None else authorities
        path = self._path(delegation)
        bindings = [canonical(self.bindings[link.id]) for link in path] if bindings is None else bindings
        delegated_for = {n: i for n, i in self.bindings[path[0].id].items() if n != "nonce"} if path else None
        if human_origin is not None and person is None:
            person = "person-1"
        disclosed = canonical({"salt": "00", "origin": human_origin or {"human_id": "someone"}})
        now = dt.datetime.now(dt.UTC)
        authority_id = self.chain(agent_id).genesis.authority_id
        self._proofs += 1
        self.audience = f"5e5510/{self._proofs}"
        data: dict[str, Any] = {
            "version": "2",
            "invocation_id": f"run-1/{uuid.uuid4()}",
            "run_id": "run-1",
            "task_id": "task-1",
            "agent_id": agent_id,
            "action": action,
            "authority_id": authority_id,
            "delegation_id": delegation.id if delegation else None,
            "delegated_for": delegated_for,
            "person": {"pseudonym": person, "digest": sha256(disclosed.encode()).hexdigest()} if person else None,
            "payload_sha256": sha256(payload).hexdigest(),
            "audience": self.audience,
            "evidence_sha256": evidence_digest(texts, authorities, bindings),
            "issued_at": now.isoformat(),
            "expires_at": (now + dt.timedelta(minutes=5)).isoformat(),
        }
        data.update(changed | (fields or {}))
        data["signature"] = sign(canonical(data), self.private[signed_by or authority_id])
        return {
            "invocation": canonical(data),
            "chains": texts,
            "authorities": authorities,
            "bindings": bindings,
            **({"person": disclosed} if person else {}),
        }

    def authority_texts(self) -> list[str]:
        """The records of the authorities, as they travel."""
        return [json.dumps(a.to_dict(), default=str) for a in self.registry.known.values()]

    def _path(self, delegation: DelegationRecord | None) -> list[DelegationRecord]:
        path: list[DelegationRecord] = []
        while delegation is not None and delegation not in path:
            path.append(delegation)
            above = self.chain(delegation.delegator_id).delegations
            delegation = next((d for d in above if d.id == path[-1].parent_delegation_id), None)
        return path


def stored_text(chain: TrustLineageChain) -> str:
    """A chain as the reference's SQLite store writes it."""
    text: str = SqliteTrustStore._serialize_chain(None, chain)  # type: ignore[arg-type]  # it uses nothing of the store
    return text
