"""Writes a golden file made by the installed Python reference.

    python generate_vectors.py --seed 1 --out kailash-trust-seed-1.json

The format is that of the golden values which came with the design, with one more
field, `generated_at`. The seed fixes what is in the chains; ids, keys and
timestamps are the reference's own. Fails when the reference permits a tampered
chain that it should refuse.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any

from _content import canonical_entries
from _scenario import Scenario
from _scenarios import build_scenario
from _tampering import kinds, tampered
from _tampering_tools import Surroundings
from _world import LEVELS, World, stored_text, utc_now_text

import kailash
from kailash.trust.chain import TrustLineageChain
from kailash.trust.signing.chain_state_signing import (
    chain_state_canonical_payload,
    chain_state_canonical_payload_str,
)
from kailash.trust.signing.crypto import serialize_for_signing
from kailash.trust.signing.delegation_record_signing import (
    delegation_canonical_payload_str,
)

ACTIONS = [
    "analyze_data", "summarize", "read_users", "update_users", "super_admin",
    "read_x_data", "export_pii", "execute", "nothing_like_this", "données_é",
]  # fmt: skip

# Tampered chains are most of the file, so long ones are taken only when the short
# ones do not suffice.
LONGEST_VICTIM = 5000


class UnexpectedVerdicts(Exception):
    """A kind of tampering is permitted at full, or applies to no chain at all."""


async def golden_file(seed: int) -> dict[str, Any]:
    scenario = await build_scenario(seed)
    chains = [
        await chain_entry(scenario.world, await scenario.chain(agent_id))
        for agent_id in scenario.agents
    ]
    return {
        "reference": f"kailash {kailash.__version__} kailash.trust",
        "seed": seed,
        "generated_at": utc_now_text(),
        "authorities": scenario.authorities,
        "canonical": canonical_entries(random.Random(f"canonical-{seed}")),
        "chains": chains,
        "anchors": [anchor_entry(*anchor) for anchor in scenario.anchors],
        "tampered": await tampered_entries(scenario, chains),
    }


async def chain_entry(world: World, chain: TrustLineageChain) -> dict[str, Any]:
    subject = chain.genesis.agent_id
    return {
        "stored": stored_text(chain),
        "chain_hash": chain.hash(),
        "genesis_payload": serialize_for_signing(chain.genesis.to_signing_payload()),
        "capability_payloads": {
            cap.id: serialize_for_signing(cap.to_signing_payload(subject))
            for cap in chain.capabilities
        },
        "delegation_payloads": {
            record.id: delegation_canonical_payload_str(record)
            for record in chain.delegations
        },
        "chain_state_payload": chain_state_canonical_payload_str(chain),
        "constraint_hash": chain_state_canonical_payload(chain)["constraint_hash"],
        "verify": await verdicts(world, stored_text(chain), ACTIONS),
    }


async def verdicts(
    world: World, stored: str, actions: list[str]
) -> list[dict[str, Any]]:
    queries = [{"action": a, "level": level} for a in actions for level in LEVELS]
    answers = await world.verify_stored(stored, queries)
    return [
        {**query, "valid": answer["valid"], "reason": answer["reason"]}
        for query, answer in zip(queries, answers, strict=True)
    ]


def anchor_entry(anchor: Any, authority_id: str) -> dict[str, str]:
    return {
        "stored": json.dumps(anchor.to_dict()),
        "signing_payload": serialize_for_signing(anchor.to_signing_payload()),
        "authority_id": authority_id,
    }


def permitted_action(chain: dict[str, Any]) -> str | None:
    """An action the untouched chain permits, so that only the change refuses it."""
    for verdict in chain["verify"]:
        if verdict["level"] == "full" and verdict["valid"]:
            return verdict["action"]
    return None


async def tampered_entries(
    scenario: Scenario, chains: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Each kind on a few chains, beginning elsewhere each time to reach them all."""
    victims = sorted(
        (chain for chain in chains if permitted_action(chain)),
        key=lambda chain: len(chain["stored"]),
    )
    short = [v for v in victims if len(v["stored"]) < LONGEST_VICTIM]
    long = victims[len(short) :]
    around = Surroundings(
        others=[json.loads(chain["stored"]) for chain in victims],
        authority_ids=[a["authority"]["id"] for a in scenario.authorities],
    )
    entries: list[dict[str, Any]] = []
    unexpected: list[str] = []
    for index, kind in enumerate(kinds()):
        made = 0
        start = index % len(short)
        for victim in short[start:] + short[:start] + long:
            if made == kind.copies:
                break
            text = tampered(kind, victim["stored"], around)
            if text is None:
                continue
            entry = await tampered_entry(
                scenario.world, kind.what, text, permitted_action(victim) or ""
            )
            entries.append(entry)
            made += 1
            if entry["verify"][-1]["valid"]:
                unexpected.append(f"{kind.what}: permitted at full: {text}")
        if made == 0:
            unexpected.append(f"{kind.what}: no chain has what it changes")
    if unexpected:
        raise UnexpectedVerdicts("\n".join(unexpected))
    return entries


async def tampered_entry(
    world: World, what: str, stored: str, action: str
) -> dict[str, Any]:
    answers = await verdicts(world, stored, [action])
    verify = [{k: v for k, v in a.items() if k != "action"} for a in answers]
    return {"what": what, "stored": stored, "action": action, "verify": verify}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        content = asyncio.run(golden_file(arguments.seed))
    except UnexpectedVerdicts as error:
        print(error, file=sys.stderr)
        return 1
    arguments.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
