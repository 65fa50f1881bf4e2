"""The operator's view of a worker: health, readiness, and the log."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from fake_bridge import FakeBridge
from joined import soon, until
from kaizen_eatp_bridge.errors import StartError
from kaizen_eatp_bridge.health import parse_place
from kaizen_eatp_bridge.log_output import JsonFormatter, TextFormatter
from test_cli import AGENT, options, posix, run, running


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def get(port: int, path: str, method: str = "GET") -> tuple[int, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    answer = await soon(reader.read())
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@posix
def test_a_worker_says_whether_it_is_alive_and_ready(tmp_path: Path) -> None:
    async def main() -> None:
        port = free_port()
        async with FakeBridge() as bridge:
            args = ["join", bridge.url, "--agent", AGENT, "--token", bridge.token(), "--health", str(port)]
            async with running(*args, *options(tmp_path)) as command:
                await command.until("joined as double")
                assert await get(port, "/health") == (200, {"status": "ok"})
                ready = {"ready": True, "connected": True, "agents": ["double"], "in_flight": 0}
                assert await get(port, "/ready") == (200, ready)
                assert (await get(port, "/other"))[0] == 404
                assert (await get(port, "/ready", "POST"))[0] == 405
                await bridge.__aexit__()

                async def is_away() -> bool:
                    return await get(port, "/ready") == (503, {**ready, "ready": False, "connected": False})

                for _ in range(200):
                    if await is_away():
                        break
                    await asyncio.sleep(0.05)
                assert await is_away()
                assert (await get(port, "/health"))[0] == 200

    asyncio.run(main())


@pytest.mark.parametrize("text", ["", "x", "70000", "a:b", "[::1:80", "-1"])
def test_a_place_that_is_none(text: str) -> None:
    with pytest.raises(StartError, match="--health must be a port"):
        parse_place(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [("80", ("127.0.0.1", 80)), (":80", ("127.0.0.1", 80)), ("0.0.0.0:8080", ("0.0.0.0", 8080)), ("[::]:1", ("::", 1))],
)
def test_a_place(text: str, place: tuple[str, int]) -> None:
    assert parse_place(text) == place


@posix
def test_the_log_is_json_where_that_is_asked_for(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            args = ["join", bridge.url, "--agent", AGENT, "--token", bridge.token(), "--log-format", "json"]
            async with running(*args, *options(tmp_path)) as command:
                await command.until("joined as double")
                command.signal(signal.SIGTERM)
                assert await command.exit_code() == 0
                entries = [json.loads(line) for line in command.lines]
                assert {entry["level"] for entry in entries} == {"info"}
                assert "joined as double" in [entry["message"] for entry in entries]
                assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z", entry["time"]) for entry in entries)

    asyncio.run(main())


@posix
def test_the_log_has_only_what_is_important_enough(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            args = ["join", bridge.url, "--agent", AGENT, "--token", bridge.token(), "--log-level", "error"]
            async with running(*args, *options(tmp_path)) as command:
                await until(lambda: bridge.joins)
                command.signal(signal.SIGTERM)
                assert await command.exit_code() == 0
                assert command.lines == []

    asyncio.run(main())


def test_an_error_that_stops_the_start_is_in_the_log_whatever_its_level(tmp_path: Path) -> None:
    done = run("join", "ws://127.0.0.1:1", "--agent", "x=nowhere:x", "--log-level", "error", "--log-format", "json")
    (entry,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert entry["level"] == "error" and "is not known yet" in entry["message"]


def record(message: str, *args: object) -> logging.LogRecord:
    try:
        raise ValueError("no")
    except ValueError:
        return logging.LogRecord("agents", logging.WARNING, "f", 1, message, args, sys.exc_info())


def test_a_message_of_several_lines_is_one_line_of_json() -> None:
    line = JsonFormatter().format(record('two\nlines and "%s"', "quotes"))
    entry = json.loads(line)
    assert "\n" not in line and entry["message"] == 'two\nlines and "quotes"'
    assert entry["exception"].endswith("ValueError: no") and entry["logger"] == "agents"


def test_text_has_a_time_and_a_level_unless_another_process_adds_its_own() -> None:
    assert re.match(r"\d{4}-\d\d-\d\dT\S+Z WARNING agents: hello\n", TextFormatter().format(record("hello")))
    assert TextFormatter(is_plain=True).format(record("hello")).startswith("agents: hello\n")
