"""Judges proofs as a worker with the reference does: reads cases as JSON, writes null for an accepted one, else the reason."""

import asyncio
import json
import sys

from kaizen_eatp_bridge.errors import ProofRefusedError
from kaizen_eatp_bridge.verdict import make_verifier


async def judge(asked):
    verdicts = []
    for case in asked["cases"]:
        # One for each, so that the same invocation may be judged in many forms.
        verifier = make_verifier("full", asked["authorities"])
        try:
            for _ in range(case.get("times", 1)):
                await verifier.check(case["agent_id"], case["proof"], bytes.fromhex(case["payload"]), asked["audience"])
            verdicts.append(None)
        except ProofRefusedError as error:
            verdicts.append(str(error))
    return verdicts


json.dump(asyncio.run(judge(json.load(sys.stdin))), sys.stdout)
