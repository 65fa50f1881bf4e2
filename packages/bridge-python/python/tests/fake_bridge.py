"""A bridge for tests: a real websockets server that speaks the other half of the protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgpack
from nacl.signing import SigningKey, VerifyKey
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from kaizen_eatp_bridge import frames
from kaizen_eatp_bridge.frames import FROM_WORKER, read_message, write_frame
from kaizen_eatp_bridge.login import VERSION
from kaizen_eatp_bridge.session import Session
from kaizen_eatp_bridge.values import decode, encode

BRIDGE_DOMAIN = b"kaizen-eatp-bridge/3 bridge\n"
AGENT_DOMAIN = b"kaizen-eatp-bridge/3 agent\n"


class Failed(Exception):
    """A call that ended with FAIL."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(f"{body['code']}: {body['message']}")
        self.body = body
        self.code: str = body["code"]


class FakeBridge:
    """Welcomes workers, keeps one session, and calls agents.

    Set `cut_after` to have the connection torn after so many frames from the worker.
    """

    def __init__(self, **terms: int) -> None:
        self.key = SigningKey(bytes(range(32)))
        self.terms = {
            "max_message": 32 * 1024 * 1024,
            "window": 512,
            "window_bytes": 16 * 1024 * 1024,
            "heartbeat_ms": 5000,
            "grace_ms": 30000,
            "time_ms": round(time.time() * 1000),
            "release": "0.1",
            "software": "test",
            **terms,
        }
        self.session = Session()
        self.session_id: bytes | None = None
        self.ws: ServerConnection | None = None
        self.hellos: list[dict[str, Any]] = []
        self.joins: list[dict[str, Any]] = []
        self.frames: list[frames.Frame] = []
        self.closes: list[int | None] = []
        self.calls: dict[int, asyncio.Future[Any]] = {}
        self.progress: dict[int, list[Any]] = {}
        self.usage: dict[int, list[tuple[float, float]]] = {}
        self.last_call = 0
        self.refuse: tuple[str, str, str] | None = None
        self.on_frame: Callable[[frames.Frame], None] | None = None
        self.on_invoke: Callable[[dict[str, Any]], None] | None = None
        self.accepts_acks = True
        self.sends_acks = True
        self.joined = asyncio.Event()
        self.drained = asyncio.Event()
        self.left = asyncio.Event()
        self._out: list[bytes] = []
        self._flush = False

    async def __aenter__(self) -> FakeBridge:
        self.server = await serve(
            self._serve, "127.0.0.1", 0, compression=None, ping_interval=None, max_size=64 * 1024 * 1024, close_timeout=1
        )
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        await self.server.wait_closed()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def bridge_key(self) -> bytes:
        return bytes(self.key.verify_key)

    def token(self, authorities: dict[str, str] | None = None) -> str:
        data = {
            "id": "t1",
            "secret": "s3cret",
            "bridge_key": base64.b64encode(self.bridge_key).decode(),
            "authorities": authorities or {},
        }
        return "eatp1_" + base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    # --- calls ------------------------------------------------------------------------------------------------

    async def call(self, agent: str, value: Any, **more: Any) -> Any:
        return await self.start(agent, value, **more)[1]

    def start(self, agent: str, value: Any, **more: Any) -> tuple[int, asyncio.Future[Any]]:
        self.last_call += 1
        number = self.last_call
        future = self.calls[number] = asyncio.get_running_loop().create_future()
        payload = more.pop("payload", None) or encode(value)
        self.send(frames.INVOKE, {"call": number, "agent": agent, "input": payload, **more})
        return number, future

    def send(self, kind: int, fields: dict[str, Any]) -> None:
        data = self.session.submit(kind, fields)
        if data is not None and self.ws is not None:
            self._put(data)

    def _put(self, data: bytes) -> None:
        self._out.append(data)
        if not self._flush:
            self._flush = True
            asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(self._send_all()))

    async def _send_all(self) -> None:
        self._flush = False
        out, self._out = self._out, []
        if out and self.ws is not None:
            try:
                await self.ws.send(b"".join(out))
            except ConnectionClosed:
                pass

    async def cut(self) -> None:
        """Ends the connection without a close frame."""
        if self.ws is not None:
            ws, self.ws = self.ws, None
            self.joined.clear()
            ws.transport.abort()
            await ws.wait_closed()

    # --- the other half ---------------------------------------------------------------------------------------

    async def _serve(self, ws: ServerConnection) -> None:
        try:
            if not await self._log_in(ws):
                await ws.close(4401)
                return
            async for message in ws:
                for frame in read_message(FROM_WORKER, message, 64 * 1024 * 1024):
                    await self._take(ws, frame)
        except ConnectionClosed:
            pass
        finally:
            self.closes.append(ws.close_code)
            if self.ws is ws:
                self.ws = None
                self.joined.clear()

    async def _log_in(self, ws: ServerConnection) -> bool:
        hello_message = await ws.recv()
        assert isinstance(hello_message, bytes)
        (hello,) = read_message(FROM_WORKER, hello_message, 65536)
        assert hello.type == frames.HELLO
        self.hellos.append(hello.body)
        body = msgpack.packb({"version": VERSION, "nonce": os.urandom(32), "bridge_key": self.bridge_key, **self.terms})
        signed = BRIDGE_DOMAIN + sha256(hello_message).digest() + sha256(body).digest()
        challenge = write_frame(
            frames.CHALLENGE, {"body": body, "signature": self.key.sign(signed).signature}
        )
        await ws.send(challenge)
        (join,) = read_message(FROM_WORKER, await ws.recv(), 65536)
        told = msgpack.unpackb(join.body["body"])
        self.joins.append(told)
        parts = (hello_message, challenge, join.body["body"])
        expected = AGENT_DOMAIN + b"".join(sha256(part).digest() for part in parts)
        for agent in told["agents"]:
            VerifyKey(agent["public_key"]).verify(expected, join.body["signatures"][agent["name"]])
        if self.refuse:
            code, message, remedy = self.refuse
            await ws.send(write_frame(frames.REFUSE, {"code": code, "message": message, "remedy": remedy}))
            return False
        if hello.body["resume"]:
            if hello.body["session"] != self.session_id:
                await ws.send(write_frame(frames.REFUSE, {"code": "SESSION_UNKNOWN", "message": "gone", "remedy": ""}))
                return False
            self.session.acknowledge(hello.body["received"])
        else:
            self.session, self.session_id, self.last_call = Session(), hello.body["session"], 0
        agents = {a["name"]: {"agent_id": f"agent-{a['name']}"} for a in told["agents"]}
        # In one piece, as a fast network may deliver them.
        ws.protocol.send_binary(write_frame(frames.WELCOME, {"received": self.session.received, "agents": agents}))
        for data in self.session.outstanding():
            ws.protocol.send_binary(data)
        ws.transport.write(b"".join(ws.protocol.data_to_send()))
        self.ws = ws
        self.joined.set()
        return True

    async def _take(self, ws: ServerConnection, frame: frames.Frame) -> None:
        kind, number, body = frame
        if ws is not self.ws:
            return
        if number:
            if self.session.take(number):
                self.frames.append(frame)
                self._ended(kind, body)
            if self.sends_acks:
                self._put(self.session.ack())
        elif kind == frames.ACK:
            if self.accepts_acks:
                self.session.acknowledge(body)
        elif kind == frames.PING:
            self._put(write_frame(frames.PONG, body))
        if self.on_frame is not None:
            self.on_frame(frame)

    def _ended(self, kind: int, body: dict[str, Any]) -> None:
        if kind == frames.PROGRESS:
            self.progress.setdefault(body["call"], []).append(decode(body["value"]))
        elif kind == frames.USAGE:
            self.usage.setdefault(body["call"], []).append((body["tokens"], body["cost"]))
        elif kind == frames.RESULT and not self.calls[body["call"]].done():
            self.calls[body["call"]].set_result(decode(body["output"]))
        elif kind == frames.FAIL and not self.calls[body["call"]].done():
            self.calls[body["call"]].set_exception(Failed(body))
        elif kind == frames.DRAIN:
            self.drained.set()
        elif kind == frames.BYE:
            self.left.set()
        elif kind == frames.INVOKE and self.on_invoke is not None:
            self.on_invoke(body)
