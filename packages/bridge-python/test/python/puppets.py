"""Agents for tests: each asks the test, over a socket of its own, what to do, so that tests can script a real worker.

Any name is an agent of this module.
"""

import asyncio
import json
import os

from kaizen_eatp_bridge import current_invocation


async def _ask(name, given):
    invocation = current_invocation()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(os.environ["PUPPET_PORT"]), limit=2**26)
    try:
        question = {
            "name": name,
            "input": given,
            "invocation_id": invocation.invocation_id,
            "task_id": invocation.task_id,
            "agent_id": invocation.agent_id,
            "action": invocation.action,
        }
        writer.write(json.dumps(question).encode() + b"\n")
        answer = json.loads(await reader.readline())
    finally:
        # The test's side is aborted when this one is cancelled.
        writer.close()
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer.get("output")


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)

    async def puppet(given):
        return await _ask(name, given)

    return puppet
