"""Workers and bridges joined to a fake bridge, for tests."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fake_bridge import FakeBridge
from nacl.signing import SigningKey

from kaizen_eatp_bridge import frames
from kaizen_eatp_bridge.adapters import Agent, adapt
from kaizen_eatp_bridge.bridge import Bridge
from kaizen_eatp_bridge.login import Credentials
from kaizen_eatp_bridge.values import decode, encode
from kaizen_eatp_bridge.worker import Worker

HUMAN = {
    "human_id": "alice@acme.example",
    "display_name": "Alice",
    "auth_provider": "okta",
    "session_id": "s-1",
    "authenticated_at": "2026-11-25T08:00:00+00:00",
}
"""A person, as `human_origin` holds one."""

PATIENCE = 120.0
"""The longest time that a test waits, in seconds. It is long, since many tests can share the processors."""


def credentials_for(bridge: FakeBridge, *names: str, **more: Any) -> Credentials:
    return Credentials({name: SigningKey.generate() for name in names}, bridge.bridge_key, **more)


@asynccontextmanager
async def joined(
    agents: Mapping[str, Any], *, terms: Mapping[str, int] | None = None, max_in_flight: int = 256, **options: Any
) -> AsyncIterator[tuple[FakeBridge, Worker]]:
    """A worker in this event loop, joined to a fake bridge. Both are gone afterwards."""
    async with FakeBridge(**(terms or {})) as bridge:
        credentials = credentials_for(bridge, *agents, max_in_flight=max_in_flight)
        served = {name: agent if isinstance(agent, Agent) else adapt(agent, name) for name, agent in agents.items()}
        worker = Worker(bridge.url, credentials, served, **options)
        running = asyncio.create_task(worker.run())
        try:
            await soon(bridge.joined.wait())
            await until(lambda: worker.link.is_connected)
            yield bridge, worker
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def opened(tmp_path: Any, agents: Mapping[str, Any], **options: Any) -> AsyncIterator[tuple[FakeBridge, Bridge]]:
    """A `Bridge` on its own thread, joined to a fake bridge."""
    async with FakeBridge() as fake:
        bridge = Bridge(
            fake.url,
            agents,
            **{
                "keys": tmp_path / "keys.json",
                "token": fake.token(),
                "verify": "off",
                "join_timeout": PATIENCE,
                "drain_timeout": 5.0,
                **options,
            },
        )
        async with bridge:
            yield fake, bridge


async def soon(awaitable: Any) -> Any:
    """Waits for what must happen soon."""
    async with asyncio.timeout(PATIENCE):
        return await awaitable


async def until(is_so: Callable[[], Any]) -> None:
    """Waits until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():
            await asyncio.sleep(0.005)


def answering(bridge: FakeBridge, answer: Callable[[dict[str, Any], Any], Any]) -> list[dict[str, Any]]:
    """Has the bridge's agents answer calls at once, with what `answer(body, input)` returns. None: not at all.

    Returns the list that the calls' fields are added to.
    """
    calls: list[dict[str, Any]] = []

    def on_invoke(body: dict[str, Any]) -> None:
        calls.append(body)
        output = answer(body, decode(body["input"]))
        if output is not None:
            bridge.send(frames.RESULT, {"call": body["call"], "output": encode(output)})

    bridge.on_invoke = on_invoke
    return calls


def failing(bridge: FakeBridge, code: str, message: str, **more: str) -> None:
    """Has the bridge's agents fail."""

    def on_invoke(body: dict[str, Any]) -> None:
        told = {"code": code, "type": "", "message": message, "traceback": "", "remedy": "", **more}
        bridge.send(frames.FAIL, {"call": body["call"], **told})

    bridge.on_invoke = on_invoke


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def is_alive(pid: int) -> bool:
    """Whether a process runs. One whose exit code was not yet collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    if not Path("/proc/self/stat").exists():
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False  # it went just now
