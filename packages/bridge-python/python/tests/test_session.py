"""Numbers, acknowledgements, windows."""

from __future__ import annotations

import random
from collections import deque

import msgpack
import pytest

from kaizen_eatp_bridge.errors import ProtocolError
from kaizen_eatp_bridge.frames import FROM_BRIDGE, PROGRESS, write_frame
from kaizen_eatp_bridge.frames import read_message as read
from kaizen_eatp_bridge.session import Session


def fields(n: int, size: int = 1) -> dict[str, object]:
    return {"call": n, "value": bytes(size)}


def send(session: Session, n: int = 0, size: int = 1) -> bytes | None:
    return session.submit(PROGRESS, fields(n, size), size)


def number_of(data: bytes) -> int:
    (frame,) = read(FROM_BRIDGE, data, 1 << 30)
    return frame.number


class TestWhatComes:
    def test_the_next_number_is_taken_once(self) -> None:
        session = Session()
        assert [session.take(n) for n in (1, 2, 2, 1, 3)] == [True, True, False, False, True]
        assert (session.received, session.duplicates) == (3, 2)

    @pytest.mark.parametrize("number", [2, 100, 2**53 - 1])
    def test_a_gap_ends_the_connection_and_takes_nothing(self, number: int) -> None:
        session = Session()
        with pytest.raises(ProtocolError) as refused:
            session.take(number)
        assert refused.value.close_code == 4409
        assert session.received == 0
        assert session.take(1)

    def test_an_acknowledgement_says_how_far_it_got(self) -> None:
        session = Session()
        for n in (1, 2, 3):
            session.take(n)
        assert session.untold == 3
        assert msgpack.unpackb(session.ack()) == [0, 3]
        assert session.untold == 0


class TestWhatGoes:
    def test_numbers_count_from_one_without_gaps(self) -> None:
        session = Session()
        assert [number_of(send(session) or b"") for _ in range(5)] == [1, 2, 3, 4, 5]

    def test_what_is_not_acknowledged_goes_again_byte_for_byte(self) -> None:
        session = Session()
        sent = [send(session, n) for n in range(5)]
        session.acknowledge(2)
        assert session.outstanding() == sent[2:]
        assert session.outstanding() == sent[2:]
        session.acknowledge(5)
        assert session.outstanding() == []
        assert session.is_settled

    def test_acknowledging_again_or_less_changes_nothing(self) -> None:
        session = Session()
        sent = [send(session, n) for n in range(3)]
        session.acknowledge(2)
        session.acknowledge(2)
        session.acknowledge(0)
        assert session.outstanding() == sent[2:]

    def test_what_was_never_sent_cannot_be_acknowledged(self) -> None:
        session = Session()
        send(session)
        with pytest.raises(ProtocolError) as refused:
            session.acknowledge(2)
        assert refused.value.close_code == 4400

    def test_resuming_tells_how_far_one_got(self) -> None:
        session = Session()
        session.take(1)
        session.outstanding()
        assert session.untold == 0


class TestTheWindow:
    def test_of_frames(self) -> None:
        session = Session(window=2)
        admitted: list[str] = []
        assert send(session) and send(session)
        assert session.submit(PROGRESS, fields(3), 1, lambda: admitted.append("third")) is None
        assert session.submit(PROGRESS, fields(4), 1, lambda: admitted.append("fourth")) is None
        assert not session.has_room
        assert session.admit() == []
        session.acknowledge(1)
        # None overtakes another, though there is room for it.
        assert send(session, 5) is None
        assert [number_of(data) for data in session.admit()] == [3]
        assert admitted == ["third"]
        session.acknowledge(3)
        assert [number_of(data) for data in session.admit()] == [4, 5]
        assert admitted == ["third", "fourth"]

    def test_of_bytes(self) -> None:
        session = Session(window_bytes=1000)
        assert send(session, 1, 600)
        assert send(session, 2, 600) is None
        session.acknowledge(1)
        assert len(session.admit()) == 1

    def test_a_single_larger_frame_goes_when_nothing_else_is_under_way(self) -> None:
        session = Session(window_bytes=1000)
        assert send(session, 1, 5000)
        assert send(session, 2, 1) is None
        assert not session.is_settled

    def test_giving_up_ends_every_wait(self) -> None:
        session = Session(window=1)
        admitted: list[int] = []
        send(session)
        for n in range(3):
            session.submit(PROGRESS, fields(n), 1, lambda n=n: admitted.append(n))
        session.abandon()
        assert admitted == [0, 1, 2]
        assert session.outstanding() == [] and session.is_settled


@pytest.mark.parametrize("seed", range(50))
def test_nothing_is_lost_and_nothing_comes_twice_however_often_it_is_cut(seed: int) -> None:
    rng = random.Random(seed)
    left, right = Session(window=8, window_bytes=2000), Session(window=8, window_bytes=2000)
    wires: tuple[deque[bytes], deque[bytes]] = (deque(), deque())
    to_send = [list(range(200)), list(range(200))]
    came: tuple[list[int], list[int]] = ([], [])
    sides = (left, right)
    while any(to_send) or not (left.is_settled and right.is_settled):
        me = rng.randrange(2)
        session, out, into = sides[me], wires[me], wires[1 - me]
        what = rng.random()
        if what < 0.02:
            for wire in wires:
                wire.clear()
            for a, b in ((left, right), (right, left)):
                a.acknowledge(b.received)
            for side, wire in zip(sides, wires, strict=True):
                wire.extend(side.outstanding())
        elif what < 0.4 and to_send[me]:
            data = send(session, to_send[me].pop(0), rng.randrange(1, 400))
            if data:
                out.append(data)
        elif what < 0.6:
            out.append(session.ack())
        elif into:
            (frame,) = read(FROM_BRIDGE, into.popleft(), 1 << 20)
            if frame.type == PROGRESS:
                if session.take(frame.number):
                    came[me].append(frame.body["call"])
            else:
                session.acknowledge(frame.body)
                out.extend(session.admit())
        out.extend(session.admit())
    assert came == (list(range(200)), list(range(200)))


def test_frames_are_what_is_sent() -> None:
    assert send(Session(), 7) == write_frame(PROGRESS, 1, fields(7))
