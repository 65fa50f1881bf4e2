"""An HTTP server that sends back the JSON that comes."""

import asyncio

from aiohttp import web
from peer import ready, run


async def echo(request: web.Request) -> web.Response:
    return web.json_response(await request.json())


async def main() -> None:
    app = web.Application(client_max_size=2**25)
    app.router.add_post("/", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ready(runner.addresses[0][1])
    await asyncio.Event().wait()


run(main())
