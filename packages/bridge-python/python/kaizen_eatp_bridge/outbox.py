"""The frames that go out next on one connection, and how they are joined into messages. No I/O."""

from __future__ import annotations

from .frames import COALESCE_LIMIT, PONG, write_frame
from .session import Session

# With what is sent anyway an acknowledgement goes after so many frames or bytes: to take one along for each costs more
# than it tells.
_ACK_ALONG_FRAMES, _ACK_ALONG_BYTES = 8, 64 * 1024


class Outbox:
    """Frames that wait for the moment, an acknowledgement and an answer to a ping among them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._frames: list[bytes] = []
        self._size = 0
        self._pong: int | None = None
        self._must_ack = False
        self._heard = 0

    @property
    def is_full(self) -> bool:
        """Whether there is enough for a message."""
        return self._size >= COALESCE_LIMIT

    def put(self, data: bytes) -> None:
        """Adds a frame."""
        self._frames.append(data)
        self._size += len(data)

    def answer(self, token: int) -> None:
        """Adds the answer to a ping. Only the newest is answered: a flood of them must not pile up."""
        self._pong = token

    def acknowledge(self) -> None:
        """Has what came acknowledged, even if it is little."""
        self._must_ack = True

    def heard(self, size: int) -> None:
        """So many bytes came."""
        self._heard += size

    def take_messages(self) -> list[bytes]:
        """Returns all frames, joined into messages. An acknowledgement comes first, so that the other side has room early."""
        first: list[bytes] = []
        if self._is_ack_due():
            first.append(self._session.ack())
            self._must_ack = False
            self._heard = 0
        if self._pong is not None:
            first.append(write_frame(PONG, self._pong))
            self._pong = None
        frames, self._frames, self._size = [*first, *self._frames], [], 0
        return _joined(frames)

    def _is_ack_due(self) -> bool:
        untold = self._session.untold
        return untold > 0 and (self._must_ack or untold >= _ACK_ALONG_FRAMES or self._heard >= _ACK_ALONG_BYTES)


def _joined(frames: list[bytes]) -> list[bytes]:
    messages: list[bytes] = []
    parts: list[bytes] = []
    size = 0
    for data in frames:
        if size + len(data) > COALESCE_LIMIT and parts:
            messages.append(b"".join(parts))
            parts, size = [], 0
        parts.append(data)
        size += len(data)
    if parts:
        messages.append(parts[0] if len(parts) == 1 else b"".join(parts))
    return messages
