"""websockets and msgpack, and nothing else: connects to the address that is given, and sends back what comes."""

import gc
import sys

import msgpack
from peer import run
from websockets.asyncio.client import connect


async def main() -> None:
    # As a worker does; what is measured beyond this is the protocol.
    gc.set_threshold(50_000, 20, 50)
    async with connect(sys.argv[1], compression=None, ping_interval=None, max_size=2**25, proxy=None) as ws:
        async for message in ws:
            await ws.send(msgpack.packb(msgpack.unpackb(message)))


run(main())
