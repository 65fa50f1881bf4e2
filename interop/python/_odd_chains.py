"""Chains that the reference makes seldom, or refuses, or reads in its own way.

The shapes that its operations do not make (a capability from before subject
binding, a narrowed dimension scope, a constraint put straight into the envelope)
are built from its own record classes and signed through its own functions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from _ops import structured_parts
from _scenario import FUTURE_OFFSET, PAST, Scenario
from _world import parse_time

from kailash.trust.chain import (
    CAPABILITY_SIGNING_VERSION_LEGACY,
    CapabilityAttestation,
    Constraint,
    ConstraintType,
    DelegationRecord,
    TrustLineageChain,
)
from kailash.trust.signing.crypto import serialize_for_signing
from kailash.trust.signing.delegation_record_signing import (
    delegation_canonical_payload_str,
)

STRUCTURED: dict[str, Any] = {
    "constraints": {
        "allow_code_execution": False,
        "allow_delegation": False,
        "allow_filesystem": False,
        "allow_network": True,
        "allow_state_mutation": True,
        "allowed_tools": None,
        "max_context_tokens": 16384,
        "reasoning_required": False,
    },
    "resource_limits": {
        "max_execution_secs": 300,
        "max_llm_calls": 50,
        "max_tool_calls": 20,
        "max_total_tokens": 100000,
    },
    "scope": {
        "domain": "engineering",
        "max_financial_cents": None,
        "operations": ["read", "LlmCall"],
    },
}


async def add_odd_chains(scenario: Scenario) -> None:
    await _engine_delegations(scenario)
    await _narrowed_delegation(scenario)
    await _odd_constraints(scenario)
    await _legacy_capability(scenario)
    await _reasoning_required(scenario)
    await _expired(scenario)


async def _engine_delegations(scenario: Scenario) -> None:
    """Delegations over structured constraints: v2, and v3 with a quorum."""
    bare = f"agent-{scenario.seed}-bare"
    plain = structured_parts(STRUCTURED)
    both = ["summarize", "execute"]
    await scenario.delegate(
        bare, f"derived-{scenario.seed}-v2", capabilities=both, **plain
    )
    # The engine form takes ASCII only, so the delegator is not the one with é.
    await scenario.delegate(
        f"agent-{scenario.seed}-all",
        f"derived-{scenario.seed}-v2-full",
        capabilities=["summarize", "execute", "read_users"],
        additional_constraints=["audit_required"],
        # Stored with its own offset, but signed in UTC.
        expires_at=parse_time(FUTURE_OFFSET),
        reasoning_trace=scenario.trace(),
        **structured_parts(_full_structure(scenario)),
    )
    for name, threshold, signers in (("v3", 2, 3), ("v3-one", 1, 1)):
        policy = {
            "threshold": threshold,
            "authorized_signers": [_signer(scenario) for _ in range(signers)],
        }
        await scenario.delegate(
            bare,
            f"derived-{scenario.seed}-{name}",
            **structured_parts({**STRUCTURED, "multi_sig_policy": policy}),
        )


def _full_structure(scenario: Scenario) -> dict[str, Any]:
    return {
        "constraints": {
            **STRUCTURED["constraints"],
            "allow_delegation": True,
            "allowed_tools": ["zip", "awk", 'tool/"quoted"\x7f'],
            "max_context_tokens": 2**53 + 1,
            "reasoning_required": True,
        },
        "resource_limits": {
            **STRUCTURED["resource_limits"],
            "max_total_tokens": 2**63,
        },
        "scope": {
            "domain": "finance",
            "max_financial_cents": 12345,
            "operations": ["write", "read", "approve"],
        },
    }


def _signer(scenario: Scenario) -> str:
    return scenario.rng.randbytes(32).hex()


async def _narrowed_delegation(scenario: Scenario) -> None:
    """A delegation for two dimensions only, which delegate() cannot ask for."""
    delegatee = f"derived-{scenario.seed}-narrow"
    record = await scenario.delegate(f"agent-{scenario.seed}-bare", delegatee)
    narrowed = replace(record, dimension_scope=frozenset({"temporal", "data_access"}))
    await _sign_delegation(scenario, narrowed)

    def swap_record(chain: TrustLineageChain) -> None:
        chain.delegations = [narrowed]

    await scenario.rewrite(delegatee, swap_record)


async def _sign_delegation(scenario: Scenario, record: DelegationRecord) -> None:
    delegator = await scenario.chain(record.delegator_id)
    record.signature = await scenario.sign(
        delegation_canonical_payload_str(record), delegator.genesis.authority_id
    )


async def _odd_constraints(scenario: Scenario) -> None:
    """Constraints that are no strings; the reference hashes their str()."""
    scalars = [True, False, None, 7, 2**63, 1.0, 1e-05, 1e16, -0.0, "READ_ONLY"]
    await scenario.establish(
        "genesis-scalars", 1, ["execute"], [], {"constraints": scalars}
    )
    containers = [{"max": 1.0, "on": True, "to": None}, ["it's", 'say "hi"', "é"]]
    await scenario.establish(
        "genesis-containers", 1, ["execute"], [], {"constraints": containers}
    )


async def _legacy_capability(scenario: Scenario) -> None:
    """A capability that names no subject: well signed, refused all the same."""
    agent_id = await scenario.establish("legacy", 0, ["summarize"], [], {})
    legacy = await _capability(
        scenario,
        (await scenario.chain(agent_id)).capabilities[0],
        capability="execute",
        signing_payload_version=CAPABILITY_SIGNING_VERSION_LEGACY,
    )
    await scenario.rewrite(agent_id, lambda chain: chain.capabilities.append(legacy))


async def _capability(
    scenario: Scenario, model: CapabilityAttestation, subject: str = "", **changes: Any
) -> CapabilityAttestation:
    made = replace(model, id=f"cap-{uuid4()}", **changes)
    payload = serialize_for_signing(made.to_signing_payload(subject or None))
    made.signature = await scenario.sign(payload, made.attester_id)
    return made


async def _reasoning_required(scenario: Scenario) -> None:
    """A demand for reasoning lives only in the envelope, under the chain state."""
    demand = Constraint(
        id=f"con-{uuid4()}",
        constraint_type=ConstraintType.REASONING_REQUIRED,
        value="reasoning_required",
        source="policy",
    )

    def add_demand(chain: TrustLineageChain) -> None:
        envelope = chain.constraint_envelope
        envelope.active_constraints.append(demand)
        envelope.constraint_hash = envelope._compute_hash()

    bare = f"agent-{scenario.seed}-bare"
    for name, trace in (("given", scenario.trace()), ("missing", None)):
        delegatee = f"derived-{scenario.seed}-reasoning-{name}"
        await scenario.delegate(bare, delegatee, reasoning_trace=trace)
        await scenario.rewrite(delegatee, add_demand)
    alone = await scenario.establish("reasoning-alone", 0, ["execute"], [], {})
    await scenario.rewrite(alone, add_demand)


async def _expired(scenario: Scenario) -> None:
    await scenario.establish("expired", 0, ["execute"], expires_at=PAST)
    bare = f"agent-{scenario.seed}-bare"
    await scenario.delegate(
        bare, f"derived-{scenario.seed}-expired", expires_at=parse_time(PAST)
    )
    agent_id = await scenario.establish("half-expired", 0, ["summarize"], [], {})
    over = await _capability(
        scenario,
        (await scenario.chain(agent_id)).capabilities[0],
        subject=agent_id,
        capability="execute",
        expires_at=parse_time(PAST),
    )
    await scenario.rewrite(agent_id, lambda chain: chain.capabilities.append(over))
