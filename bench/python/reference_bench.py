"""Times the Python reference doing the work that the JavaScript peers do, and prints one JSON line.

The reference's own trust-aware runtime (kailash.trust.orchestration.runtime) is not used: its create_delegation()
and execute_trusted_task() log the failures of delegate() and audit() and go on, so a run "succeeds" with no audit
anchor at all. Here the real operations, verify, delegate and audit, are called directly, and any failure ends the script.
"""

import argparse
import asyncio
import json
import logging
import platform
import statistics
import time
from collections.abc import Awaitable
from importlib.metadata import version

from kailash.trust.authority import AuthorityPermission, OrganizationalAuthority
from kailash.trust.chain import ActionResult, AuthorityType, CapabilityType, VerificationLevel
from kailash.trust.chain_store.memory import InMemoryTrustStore
from kailash.trust.operations import CapabilityRequest, TrustKeyManager, TrustOperations
from kailash.trust.signing.crypto import generate_keypair

# Writing log lines is not what is compared, and the reference writes one for each delegation and each audit.
logging.disable(logging.CRITICAL)

AGENTS = ["agent-a", "agent-b", "agent-c"]
CAPABILITIES = ["process", "report"]
INPUT = {"data": [1, 2, 3], "note": "x"}
OUTPUT = {**INPUT, "step": len(AGENTS)}

# A delegation stays in the delegatee's chain, so a store is kept for this many runs: the first ones and those
# after sixty are reported side by side.
FIRST = range(0, 3)
AFTER_60 = range(60, 63)


class OneAuthority:
    """The smallest registry of authorities that TrustOperations accepts."""

    def __init__(self, authority: OrganizationalAuthority):
        self._authority = authority

    async def initialize(self) -> None:
        pass

    async def get_authority(self, authority_id: str, include_inactive: bool = False) -> OrganizationalAuthority:
        if authority_id != self._authority.id:
            raise KeyError(authority_id)
        return self._authority

    async def update_authority(self, authority: OrganizationalAuthority) -> None:
        self._authority = authority


async def established() -> TrustOperations:
    """Three agents established by one authority, in a fresh store in memory."""
    private_key, public_key = generate_keypair()
    authority = OrganizationalAuthority(
        id="org-acme",
        name="Acme",
        authority_type=AuthorityType.ORGANIZATION,
        public_key=public_key,
        signing_key_id="key-acme",
        permissions=list(AuthorityPermission),
    )
    keys = TrustKeyManager()
    keys.register_key(authority.signing_key_id, private_key)
    trust = TrustOperations(OneAuthority(authority), keys, InMemoryTrustStore())
    await trust.initialize()
    for agent in AGENTS:
        requests = [CapabilityRequest(name, CapabilityType.ACTION) for name in CAPABILITIES]
        await trust.establish(agent, authority.id, requests)
    return trust


async def verify(trust: TrustOperations, agent: str) -> None:
    verdict = await trust.verify(agent, "process", level=VerificationLevel.STANDARD)
    if not verdict.valid:
        raise RuntimeError(f"{agent} was refused: {verdict.reason}")


async def run(trust: TrustOperations, number: int) -> None:
    """One run: each agent is delegated to by the one before it, verified, executed and audited."""
    task = f"task-{number}"
    value = INPUT
    for step, agent in enumerate(AGENTS, start=1):
        if step > 1:
            await trust.delegate(AGENTS[step - 2], agent, task, ["process"])
        await verify(trust, agent)
        value = {**value, "step": step}
        await trust.audit(agent, "process", resource=task, result=ActionResult.SUCCESS)
    if value != OUTPUT:
        raise RuntimeError(f"unexpected output: {value}")


async def timed(work: Awaitable[None]) -> tuple[float, float]:
    """Microseconds that passed, and microseconds for which this thread had a processor."""
    wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
    await work
    return (time.perf_counter_ns() - wall) / 1000, (time.thread_time_ns() - cpu) / 1000


def medians(times: list[tuple[float, float]]) -> dict[str, float]:
    wall, cpu = zip(*times)
    return {"wall": statistics.median(wall), "cpu": statistics.median(cpu)}


async def time_runs(stores: int) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    first, after = [], []
    for _ in range(stores):
        trust = await established()
        for number in range(AFTER_60.stop):
            times = await timed(run(trust, number))
            if number in FIRST:
                first.append(times)
            elif number in AFTER_60:
                after.append(times)
    return first, after


async def time_verify(seconds: float) -> list[tuple[float, float]]:
    """Agents with two capabilities and no delegation: the reference's best case."""
    trust = await established()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        times.append(await timed(verify(trust, AGENTS[0])))
    return times


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stores", type=int, default=10, help="fresh stores, 63 runs on each")
    parser.add_argument("--verify-seconds", type=float, default=3)
    options = parser.parse_args()

    await time_runs(1)  # warm-up
    first, after = await time_runs(options.stores)
    await time_verify(options.verify_seconds / 5)  # warm-up
    verified = await time_verify(options.verify_seconds)
    print(
        json.dumps(
            {
                "kailash": version("kailash"),
                "python": platform.python_version(),
                "run_first": medians(first),
                "run_after_60": medians(after),
                "verify": medians(verified),
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(main())
