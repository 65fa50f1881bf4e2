"""The order of messages, and the messages that carry an acknowledgement."""

from __future__ import annotations

import asyncio

import msgpack
import pytest
from joined import joined, soon, until

from kaizen_eatp_bridge import frames
from kaizen_eatp_bridge.outbox import Outbox
from kaizen_eatp_bridge.session import Session

FRAME = frames.write_frame(frames.PING, 1)
ACK_OF = {number: frames.write_frame(frames.ACK, number) for number in (3, 7, 8)}


def outbox_that_took(count: int) -> tuple[Session, Outbox]:
    session = Session()
    for number in range(1, count + 1):
        session.take(number)
    return session, Outbox(session)


def test_a_message_carries_an_acknowledgement_for_eight_frames_and_not_for_seven() -> None:
    _, outbox = outbox_that_took(7)
    outbox.put(FRAME)
    assert outbox.take_messages() == [FRAME]
    _, outbox = outbox_that_took(8)
    outbox.put(FRAME)
    assert outbox.take_messages() == [ACK_OF[8] + FRAME]
    outbox.put(FRAME)
    assert outbox.take_messages() == [FRAME]


def test_a_message_carries_an_acknowledgement_for_64_kib() -> None:
    _, outbox = outbox_that_took(3)
    outbox.heard(65_535)
    assert outbox.take_messages() == []
    outbox.heard(1)
    assert outbox.take_messages() == [ACK_OF[3]]
    outbox.heard(65_536)
    assert outbox.take_messages() == []  # of nothing new


def test_an_acknowledgement_that_is_due_goes_by_itself() -> None:
    _, outbox = outbox_that_took(3)
    outbox.acknowledge()
    assert outbox.take_messages() == [ACK_OF[3]]


def test_small_frames_are_joined_and_a_large_one_travels_alone() -> None:
    _, outbox = outbox_that_took(0)
    small, large = b"s" * 1_500, b"l" * 10_000
    for data in (small, small, small, large, small):
        outbox.put(data)
    assert outbox.take_messages() == [small * 2, small, large, small]
    assert outbox.take_messages() == []


def test_it_is_full_when_there_is_enough_for_a_message() -> None:
    _, outbox = outbox_that_took(0)
    outbox.put(b"x" * 4_095)
    assert not outbox.is_full
    outbox.put(b"x")
    assert outbox.is_full
    outbox.take_messages()
    assert not outbox.is_full


def test_of_many_pings_the_newest_is_answered() -> None:
    _, outbox = outbox_that_took(0)
    for token in (1, 2, 3):
        outbox.answer(token)
    assert [msgpack.unpackb(message) for message in outbox.take_messages()] == [[frames.PONG, 3]]


@pytest.mark.parametrize("calls", [1, 3])
def test_what_came_is_acknowledged_although_nothing_else_is_to_be_sent(calls: int) -> None:
    async def main() -> None:
        async with joined({"slow": _slow}) as (bridge, _):
            for _n in range(calls):
                bridge.start("slow", {})
            await soon(until(lambda: not bridge.session._outstanding))

    asyncio.run(main())


async def _slow() -> None:
    await asyncio.sleep(30)


def test_what_fills_a_message_goes_before_the_loop_turns() -> None:
    async def main() -> None:
        async with joined({"idle": _slow}) as (_, worker):
            link = worker.link
            sent: list[bytes] = []
            assert link._channel is not None
            link._channel.send_now = sent.append  # type: ignore[method-assign]
            link.send(frames.PROGRESS, {"call": 1, "value": b"x" * 100})
            assert sent == []
            link.send(frames.PROGRESS, {"call": 1, "value": b"x" * 5_000})
            assert len(b"".join(sent)) > 5_100

    asyncio.run(main())
