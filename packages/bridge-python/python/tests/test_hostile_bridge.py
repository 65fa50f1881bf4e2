"""A bridge that has the right key and means harm, over real sockets."""

from __future__ import annotations

import asyncio
import logging
import resource
from typing import Any

import pytest
from fake_bridge import Failed, FakeBridge
from joined import credentials_for, joined, soon, until

from kaizen_eatp_bridge import frames
from kaizen_eatp_bridge.adapters import adapt
from kaizen_eatp_bridge.containers import has_at_most
from kaizen_eatp_bridge.errors import ProtocolError
from kaizen_eatp_bridge.frames import write_frame
from kaizen_eatp_bridge.log_output import TextFormatter
from kaizen_eatp_bridge.login import Login
from kaizen_eatp_bridge.value_slices import MOST_CONTAINERS
from kaizen_eatp_bridge.worker import Worker


async def echo(value: Any) -> Any:
    return value


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_an_agent_is_never_given_the_id_of_another() -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            login = Login(credentials_for(bridge, "alice", "bob"), bytes(16), False, 0)
            right = {"alice": {"agent_id": "agent-alice"}, "bob": {"agent_id": "agent-bob"}}
            assert login.welcome(write_frame(frames.WELCOME, {"received": 0, "agents": right}))[0] == 0
            wrong = {**right, "alice": {"agent_id": "agent-bob"}}
            with pytest.raises(ProtocolError, match="gives alice the id of another agent"):
                login.welcome(write_frame(frames.WELCOME, {"received": 0, "agents": wrong}))

    asyncio.run(main())


@pytest.mark.parametrize("item", [b"\x80", b"\x90", b"\xd4\x01\x00"], ids=["maps", "lists", "extensions"])
def test_containers_without_end_in_a_frame_are_not_decoded(item: bytes) -> None:
    async def main() -> None:
        async with joined({"echo": echo}) as (bridge, _):
            before = peak_mib()
            # Where the fields of frames are that this side does not know.
            count = 16 * 2**20 // len(item)
            head = b"\x93" + bytes([frames.CANCEL, 1]) + b"\x83\xa4call\x01\xa6reason\xa1x\xa4more\xdd" + count.to_bytes(4, "big")
            assert bridge.ws is not None
            await bridge.ws.send(head + item * count)
            await until(lambda: 4400 in bridge.closes)
            assert peak_mib() - before < 400
            await soon(bridge.joined.wait())
            assert await soon(bridge.call("echo", "still here")) == "still here"

    asyncio.run(main())


def test_a_value_of_containers_without_end_fails_its_call_alone() -> None:
    async def main() -> None:
        async with joined({"echo": echo}) as (bridge, _):
            count = MOST_CONTAINERS + 1
            with pytest.raises(Failed, match="lists and dicts") as failed:
                await soon(bridge.call("echo", None, payload=b"\xdd" + count.to_bytes(4, "big") + b"\x80" * count))
            assert failed.value.code == "VALUE"
            assert await soon(bridge.call("echo", "still here")) == "still here"

    asyncio.run(main())


@pytest.mark.parametrize("tail", [b"\xc4\x05\x80\x80\x80\x80\x80", b"\xa5\x90\x90\x90\x90\x90", b"\xcf" + b"\x80" * 8, b"\xcd\x90\x90"])
def test_bytes_within_texts_numbers_and_blobs_are_no_containers(tail: bytes) -> None:
    assert has_at_most(b"\xdc\x00\x02\x80" + tail, 2)
    assert not has_at_most(b"\xdc\x00\x02\x80" + tail, 1)


def test_a_heartbeat_of_nothing_does_not_keep_a_worker_connecting() -> None:
    async def main() -> None:
        async with joined({"echo": echo}, terms={"heartbeat_ms": 0, "grace_ms": 2**52}) as (bridge, worker):
            assert worker.link.terms is not None and worker.link.terms.heartbeat > 0
            assert await soon(bridge.call("echo", 1)) == 1

    asyncio.run(main())


def test_text_of_a_bridge_neither_moves_the_cursor_nor_looks_like_a_line_of_the_log() -> None:
    told = "no\x1b[2J\r\x9b1A\u2028\u202e\n2026-11-28T07:00:00.000Z INFO kaizen-eatp-bridge: joined as root"
    record = logging.LogRecord("kaizen-eatp-bridge", logging.ERROR, "", 0, "refused: %s", (told,), None)
    first, second = TextFormatter().format(record).split("\n")
    assert first.endswith("refused: no\\x1b[2J\\x0d\\x9b1A\\u2028\\u202e")
    assert second.startswith("  2026")


def test_frames_for_calls_of_others_and_ends_of_calls_that_are_over_change_nothing() -> None:
    async def main() -> None:
        async with joined({"echo": echo}) as (bridge, worker):
            assert await soon(bridge.call("echo", 1)) == 1
            output = b"\x01"
            bridge.send(frames.RESULT, {"call": 99, "output": output})
            bridge.send(frames.PROGRESS, {"call": 99, "value": output})
            told = {"code": "X", "type": "", "message": "", "traceback": "", "remedy": ""}
            bridge.send(frames.FAIL, {"call": 99, **told})
            bridge.send(frames.CANCEL, {"call": 1, "reason": "late"})
            assert await soon(bridge.call("echo", 2)) == 2
            assert worker.link.counts.refused_frames == 0

    asyncio.run(main())


def test_a_bridge_that_acknowledges_nothing_has_no_more_answers_kept_than_calls_may_be_in_progress() -> None:
    done: list[int] = []

    async def note(value: int) -> int:
        done.append(value)
        return value

    async def main() -> None:
        async with joined({"note": note}, terms={"window": 1}, max_in_flight=2) as (bridge, worker):
            bridge.sends_acks = False
            assert await soon(bridge.call("note", 0)) == 0  # this answer fills the window
            answers = [bridge.start("note", n)[1] for n in (1, 2)]
            await until(lambda: len(done) == 3)
            answers.append(bridge.start("note", 3)[1])
            await until(lambda: worker.link.counts.refused_frames == 1)
            # The bridge says what it received when it resumes the session, and then there is room.
            bridge.sends_acks = True
            assert await soon(asyncio.gather(*answers)) == [1, 2, 3]

    asyncio.run(main())
