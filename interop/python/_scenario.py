"""One seed's world while it is filled: authorities, agents and delegations."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from _content import NUMBERS, STRINGS, random_value
from _world import World, parse_time

from kailash.trust.chain import (
    AuditAnchor,
    CapabilityType,
    DelegationRecord,
    TrustLineageChain,
)
from kailash.trust.execution_context import ExecutionContext, HumanOrigin
from kailash.trust.operations import CapabilityRequest
from kailash.trust.reasoning.traces import ConfidentialityLevel, ReasoningTrace

# Far enough away, or long enough ago, that no verdict changes with the date.
FUTURE = "2099-12-31T23:59:59+00:00"
FUTURE_MICROS = "2099-06-30T12:00:00.000001+00:00"
FUTURE_OFFSET = "2099-01-01T00:00:00+05:30"
PAST = "2020-02-29T00:00:00+00:00"
EXPIRIES = [None, None, FUTURE, FUTURE_MICROS, FUTURE_OFFSET]

CAPABILITIES = [
    "analyze_data", "summarize", "read_*", "*_admin", "read_*_data", "execute",
    "données_é", "update_users", "export_pii", "super_admin",
]  # fmt: skip
CONSTRAINTS = [
    "read_only", "no_pii_export", "audit_required", "q4_data_only", "texte_é",
    "Cost_Limit=1000", "😀 label", "ﬁne",
]  # fmt: skip
# The concrete capability that is delegated for each wildcard.
CONCRETE = {
    "*": "execute",
    "read_*": "read_x",
    "*_admin": "x_admin",
    "read_*_data": "read_x_data",
}


class Scenario:
    """Agents, delegations and anchors of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.world = World()
        self.authorities: list[dict[str, Any]] = []
        self.agents: list[str] = []
        self.anchors: list[tuple[AuditAnchor, str]] = []
        self._tasks = 0

    async def chain(self, agent_id: str) -> TrustLineageChain:
        return await self.world.store.get_chain(agent_id)

    async def authority(self, index: int, kind: str) -> None:
        authority, private_key = await self.world.generate_authority(
            f"org-{self.seed}-{index}", f"Authority {index} é", kind
        )
        self.authorities.append(
            {"authority": authority.to_dict(), "private_key": private_key}
        )

    def authority_id(self, index: int) -> str:
        return f"org-{self.seed}-{index}"

    async def establish(
        self,
        name: str,
        authority: int,
        capabilities: list[str],
        constraints: list[Any] | None = None,
        metadata: dict[str, Any] | None = None,
        expires_at: str | None = None,
    ) -> str:
        agent_id = f"agent-{self.seed}-{name}"
        chosen = constraints if constraints is not None else self.constraints()
        await self.world.ops.establish(
            agent_id=agent_id,
            authority_id=self.authority_id(authority),
            capabilities=[self._request(c, chosen) for c in capabilities],
            metadata=metadata if metadata is not None else self.metadata(),
            expires_at=parse_time(expires_at),
        )
        self.agents.append(agent_id)
        return agent_id

    def _request(self, capability: str, constraints: list[Any]) -> CapabilityRequest:
        return CapabilityRequest(
            capability=capability,
            capability_type=self.rng.choice(list(CapabilityType)),
            constraints=constraints,
            scope=self.rng.choice([{}, self._scope()]),
        )

    def _scope(self) -> dict[str, Any]:
        return {
            "tables": ["t1", "ü"],
            "max": self.rng.choice(NUMBERS),
            "rows": self.rng.choice([1.0, 100, -0.0]),
        }

    def constraints(self) -> list[str]:
        return self.rng.sample(CONSTRAINTS, self.rng.choice([0, 1, 1, 2]))

    def metadata(self) -> dict[str, Any]:
        return {
            "department": self.rng.choice(STRINGS),
            "n": self.rng.choice(NUMBERS),
            "deep": random_value(self.rng),
        }

    async def delegate(
        self, delegator: str, delegatee: str, **arguments: Any
    ) -> DelegationRecord:
        """One capability of the delegator's, a wildcard as something it covers."""
        chain = await self.chain(delegator)
        held = self.rng.choice(chain.capabilities).capability
        self._tasks += 1
        record = await self.world.ops.delegate(
            delegator_id=delegator,
            delegatee_id=delegatee,
            task_id=f"task-{self._tasks}",
            capabilities=arguments.pop("capabilities", [CONCRETE.get(held, held)]),
            **arguments,
        )
        if delegatee not in self.agents:
            self.agents.append(delegatee)
        return record

    async def sign(self, payload: str, authority_id: str) -> str:
        authority = await self.world.registry.get_authority(authority_id)
        return await self.world.keys.sign(payload, authority.signing_key_id)

    async def rewrite(
        self, agent_id: str, change: Callable[[TrustLineageChain], None]
    ) -> None:
        """Change a chain as its owner may: the chain state is signed again."""
        chain = await self.chain(agent_id)
        change(chain)
        await self.world.ops._issue_chain_state_signature(chain)
        await self.world.put(chain)

    def trace(self) -> ReasoningTrace:
        micros = self.rng.choice([0, 60])
        return ReasoningTrace(
            decision=self.rng.choice(["delegate", "déléguer 😀"]),
            rationale="the delegatee has the data",
            confidentiality=self.rng.choice(list(ConfidentialityLevel)),
            timestamp=datetime(2026, 1, 2, 3, 4, 5, micros, timezone.utc),
            alternatives_considered=["do it alone", "é"],
            evidence=[{"score": self.rng.choice(NUMBERS), "note": "ﬁ"}],
            methodology=self.rng.choice([None, "capability_matching"]),
            confidence=self.rng.choice([None, 0.0, 0.95, 1.0, 1]),
        )

    def human(self) -> ExecutionContext:
        return ExecutionContext(
            human_origin=HumanOrigin(
                human_id="alice@corp.example",
                display_name="Alice é",
                auth_provider="okta",
                session_id="sess-1",
                authenticated_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
            )
        )
