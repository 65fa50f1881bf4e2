"""Makes the chains and anchors of a golden file."""

from __future__ import annotations

from _content import NUMBERS, random_value
from _odd_chains import add_odd_chains
from _scenario import CAPABILITIES, EXPIRIES, FUTURE, FUTURE_MICROS, Scenario
from _world import parse_time

from kailash.trust.chain import ActionResult


async def build_scenario(seed: int) -> Scenario:
    scenario = Scenario(seed)
    for index, kind in enumerate(["organization", "system", "human"]):
        await scenario.authority(index, kind)
    await _random_agents(scenario)
    await _random_delegations(scenario)
    await add_odd_chains(scenario)
    await _audit(scenario)
    return scenario


async def _random_agents(scenario: Scenario) -> None:
    """One agent for each kind of capability, spread over the authorities."""
    for index, capability in enumerate(CAPABILITIES):
        extra = scenario.rng.choice([c for c in CAPABILITIES if c != capability])
        await scenario.establish(
            str(index),
            index % 3,
            [capability, extra],
            expires_at=scenario.rng.choice(EXPIRIES),
        )
    await scenario.establish("all-é", 0, ["*"], ["no_pii_export"], {}, FUTURE)
    await scenario.establish("all", 1, ["*"], ["no_pii_export"], {})
    await scenario.establish("bare", 1, ["execute", "summarize"], [], {"n": 1.0})
    await scenario.establish("nothing", 2, [], [], {"__proto__": {"x": 1.0}})
    await scenario.establish("closed", 2, ["execute"], ["no_delegation"], {}, FUTURE)
    await scenario.establish(
        "genesis", 0, ["*"], [], {"constraints": ["read_only", "texte_é"]}, FUTURE
    )


async def _random_delegations(scenario: Scenario) -> None:
    for index in range(10):
        delegator = f"agent-{scenario.seed}-{index}"
        # An offset of one crosses authorities, an offset of three does not.
        offset = 1 if index % 2 else 3
        same_authority = offset == 3 and (index + 3) < 10
        await scenario.delegate(
            delegator,
            f"agent-{scenario.seed}-{(index + offset) % 10}",
            additional_constraints=scenario.constraints()[:1],
            expires_at=parse_time(scenario.rng.choice(EXPIRIES)),
            reasoning_trace=scenario.trace() if same_authority else None,
            context=scenario.human() if index % 3 == 0 else None,
        )
    # Several delegations in one chain, from delegators of several authorities.
    for index in range(5):
        others = [i for i in range(10) if i != index]
        for delegator in scenario.rng.sample(others, 1 + index % 2):
            await scenario.delegate(
                f"agent-{scenario.seed}-{delegator}",
                f"agent-{scenario.seed}-{index}",
                expires_at=parse_time(scenario.rng.choice(EXPIRIES)),
            )
    everything = f"agent-{scenario.seed}-all-é"
    first = f"derived-{scenario.seed}-0"
    await scenario.delegate(everything, first, capabilities=["read_x", "execute"])
    await scenario.delegate(
        first,
        f"derived-{scenario.seed}-1",
        capabilities=["read_x"],
        additional_constraints=["read_only"],
        reasoning_trace=scenario.trace(),
    )
    await scenario.delegate(
        f"agent-{scenario.seed}-genesis",
        f"derived-{scenario.seed}-2",
        capabilities=["summarize"],
        expires_at=parse_time(FUTURE_MICROS),
    )
    # Nothing to tighten, so the reference appends no derived capability.
    await scenario.delegate(
        f"agent-{scenario.seed}-bare", f"agent-{scenario.seed}-nothing"
    )


async def _audit(scenario: Scenario) -> None:
    """Anchors of every result, each the child of the one before it."""
    parent = None
    agents = [f"agent-{scenario.seed}-{i}" for i in range(3)]
    agents += [f"derived-{scenario.seed}-{n}" for n in ("1", "v2-full", "v3", "narrow")]
    agents += [f"agent-{scenario.seed}-genesis-containers"]
    for index, agent_id in enumerate(agents):
        chain = await scenario.chain(agent_id)
        anchor = await scenario.world.ops.audit(
            agent_id=agent_id,
            action=scenario.rng.choice(["execute", "read_users", "données_é"]),
            resource=scenario.rng.choice([None, "db/überblick", ""]),
            result=list(ActionResult)[index % 4],
            context_data={
                "x": scenario.rng.choice(NUMBERS),
                "f": random_value(scenario.rng),
            },
            parent_anchor_id=parent,
            context=scenario.human() if index % 2 == 0 else None,
            reasoning_trace=scenario.trace() if index % 3 == 0 else None,
        )
        scenario.anchors.append((anchor, chain.genesis.authority_id))
        parent = anchor.id
