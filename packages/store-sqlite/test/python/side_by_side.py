"""The reference at work in a file that TypeScript processes work in at the same time.

    side_by_side.py work PATH CONFIG NAME ROUNDS   establish, update (delegate) and verify, so many times
    side_by_side.py judge PATH CONFIG              verify every active chain at `full`
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

from kailash.trust.authority import AuthorityPermission, OrganizationalAuthority
from kailash.trust.chain import AuthorityType, CapabilityType, VerificationLevel
from kailash.trust.chain_store.sqlite import SqliteTrustStore
from kailash.trust.operations import CapabilityRequest, TrustKeyManager, TrustOperations


class Registry:
    """The reference's AuthorityRegistryProtocol over the test's authorities."""

    def __init__(self, authorities: list[dict[str, str]]) -> None:
        self._authorities = {
            each["id"]: OrganizationalAuthority(
                id=each["id"],
                name=each["id"],
                authority_type=AuthorityType.ORGANIZATION,
                public_key=each["publicKey"],
                signing_key_id=each["keyId"],
                permissions=list(AuthorityPermission),
            )
            for each in authorities
        }

    async def initialize(self) -> None:
        return None

    async def get_authority(
        self, authority_id: str, include_inactive: bool = False
    ) -> OrganizationalAuthority:
        return self._authorities[authority_id]

    async def update_authority(self, authority: OrganizationalAuthority) -> None:
        self._authorities[authority.id] = authority


async def operations(path: str, config: str) -> tuple[TrustOperations, SqliteTrustStore]:
    with open(config) as file:
        authorities = json.load(file)["authorities"]
    keys = TrustKeyManager()
    for each in authorities:
        keys.register_key(each["keyId"], each["privateKey"])
    store = SqliteTrustStore(path)
    trust = TrustOperations(Registry(authorities), keys, store)
    await store.initialize()
    await trust.initialize()
    return trust, store


async def work(path: str, config: str, name: str, rounds: str) -> object:
    trust, store = await operations(path, config)
    lead = f"agent-{name}-lead"
    capabilities = [CapabilityRequest("work", CapabilityType.ACTION)]
    await trust.establish(lead, "org-python", capabilities)
    done, refused, foreign = 0, [], 0
    for number in range(int(rounds)):
        agent = f"agent-{name}-{number}"
        await trust.establish(agent, "org-python", capabilities)
        await trust.delegate(lead, agent, f"task-{number}", ["work"])
        for each in (agent, "agent-shared"):
            verdict = await trust.verify(each, "work", level=VerificationLevel.FULL)
            if not verdict.valid:
                refused.append([each, verdict.reason])
        done += 3
        if number % 10 == 0:
            chains = await store.list_chains(limit=100_000)
            foreign = sum(1 for c in chains if c.genesis.authority_id == "org-typescript")
    await store.close()
    return {"done": done, "refused": refused, "foreign": foreign}


async def judge(path: str, config: str) -> object:
    trust, store = await operations(path, config)
    verified, refused = 0, []
    for chain in await store.list_chains(limit=100_000):
        agent = chain.genesis.agent_id
        for capability in chain.capabilities:
            verdict = await trust.verify(
                agent, capability.capability, level=VerificationLevel.FULL
            )
            if not verdict.valid:
                refused.append([agent, capability.capability, verdict.reason])
        verified += 1
    await store.close()
    return {"verified": verified, "refused": refused}


command, *arguments = sys.argv[1:]
print(json.dumps(asyncio.run({"work": work, "judge": judge}[command](*arguments))))
