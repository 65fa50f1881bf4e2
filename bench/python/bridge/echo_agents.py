"""The agent that a worker of ours serves."""

import asyncio
import os
import time
from typing import Any

if os.environ.get("BENCH_UNCOALESCED"):
    import kaizen_eatp_bridge.outbox

    # Every frame is then larger than what is joined, and goes alone.
    kaizen_eatp_bridge.outbox.COALESCE_LIMIT = 0


async def echo(value: Any) -> Any:
    return value


_STEP = 0.002
_longest = 0.0
_watching: list[asyncio.Task[None]] = []


async def longest_block(_: Any) -> float:
    """The longest time for which the event loop did nothing else since this was asked last, in milliseconds."""
    global _longest
    if not _watching:
        _watching.append(asyncio.create_task(_watch()))
    longest, _longest = _longest, 0.0
    return longest * 1000


async def _watch() -> None:
    global _longest
    while True:
        # Processor time of all threads: what else runs on the machine has no part in it.
        before = time.process_time()
        await asyncio.sleep(_STEP)
        _longest = max(_longest, time.process_time() - before)
