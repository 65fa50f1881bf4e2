"""Answers whether a worker is alive and ready, over HTTP, for what starts and watches workers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from .errors import StartError

_LONGEST_REQUEST = 8192
_PATIENCE = 5.0
_TEXTS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


def parse_place(text: str) -> tuple[str, int]:
    """Reads `--health`: a port, or a host and a port.

    Raises:
        StartError: It is neither.
    """
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= 65535) or ("[" in host) is not ("]" in host):
        raise StartError(f"--health must be a port, or HOST:PORT; got {text!r}.", "For instance: --health 8080.")
    return host.strip("[]") or "127.0.0.1", int(port)


async def serve_health(place: str, worker: Any) -> asyncio.Server:
    """Answers on the worker's own event loop, so that a worker whose loop is blocked gives no answer.

    `GET /health` is 200 as long as the loop runs. `GET /ready` is 200 while the worker is logged in and takes calls, else
    503. Both answer with JSON.

    Args:
        worker: The Worker.

    Raises:
        StartError: The address cannot be listened on.
    """
    host, port = parse_place(place)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(*_respond(head, worker)))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    try:
        return await asyncio.start_server(answer, host, port, limit=_LONGEST_REQUEST)
    except OSError as error:
        raise StartError(
            f"--health {place} cannot be listened on: {error.strerror or error}.", "Choose another port."
        ) from error


def _respond(head: bytes, worker: Any) -> tuple[int, dict[str, Any]]:
    method, _, rest = head.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0]
    if path not in (b"/health", b"/ready"):
        return 404, {"error": "there is GET /health and GET /ready"}
    if method not in (b"GET", b"HEAD"):
        return 405, {"error": "use GET"}
    if path == b"/health":
        return 200, {"status": "ok"}
    state = {
        "ready": worker.is_ready,
        "connected": worker.link.is_connected,
        "agents": sorted(worker.agent_ids),
        "in_flight": worker.in_flight,
    }
    return (200 if worker.is_ready else 503), state


def _response(status: int, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status} {_TEXTS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + content
