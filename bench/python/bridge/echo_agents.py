"""The agent that a worker of ours serves."""

import os
from typing import Any

if os.environ.get("BENCH_UNCOALESCED"):
    import kaizen_eatp_bridge.outbox

    # Every frame is then larger than what is joined, and goes alone.
    kaizen_eatp_bridge.outbox.COALESCE_LIMIT = 0


async def echo(value: Any) -> Any:
    return value
