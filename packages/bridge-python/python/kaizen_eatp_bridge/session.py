"""The part of a session that outlives its connections: numbers, acknowledgements, windows. No I/O.

docs/protocol.md, "Sessions", says what each rule is for.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from .errors import ProtocolError
from .frames import write_frame

ACK_EVERY = 64
"""So many frames may be taken before an acknowledgement is due at once."""


class _Sent(NamedTuple):
    number: int
    data: bytes


class _Waiting(NamedTuple):
    kind: int
    fields: dict[str, Any]
    size: int
    on_admitted: Callable[[], None] | None


class Session:
    """One session as one side sees it.

    Attributes:
        received: The highest number that was taken.
        duplicates: How many frames came again and were dropped.
    """

    def __init__(self, window: int = 512, window_bytes: int = 16 * 1024 * 1024) -> None:
        self.id = os.urandom(16)
        self.window = window
        self.window_bytes = window_bytes
        self.received = 0
        self.duplicates = 0
        self._told = 0
        self._sent = 0
        self._outstanding: deque[_Sent] = deque()
        self._outstanding_bytes = 0
        self._waiting: deque[_Waiting] = deque()

    # --- what comes ---------------------------------------------------------------------------------------------

    def take(self, number: int) -> bool:
        """Whether a frame with this number is the next one; False for one that was taken already.

        Raises:
            ProtocolError: The number leaves a gap (4409).
        """
        if number == self.received + 1:
            self.received = number
            return True
        if number <= self.received:
            self.duplicates += 1
            return False
        raise ProtocolError(f"number {number} came where {self.received + 1} was due", 4409)

    @property
    def untold(self) -> int:
        """How many frames were taken and not acknowledged yet."""
        return self.received - self._told

    def ack(self) -> bytes:
        """The ACK frame that is due now."""
        self._told = self.received
        return write_frame(0, self.received)

    # --- what goes ----------------------------------------------------------------------------------------------

    def submit(
        self,
        kind: int,
        fields: dict[str, Any],
        size: int = 0,
        on_admitted: Callable[[], None] | None = None,
    ) -> bytes | None:
        """Numbers a frame and returns its bytes, or keeps it until the window has room and returns None.

        Args:
            size: About how large the frame will be, in bytes.
            on_admitted: Called when a frame that was kept goes out.
        """
        if self._waiting or not self._has_room(size):
            self._waiting.append(_Waiting(kind, fields, size, on_admitted))
            return None
        return self._number(kind, fields)

    def admit(self) -> list[bytes]:
        """The frames that waited and may go now."""
        admitted: list[bytes] = []
        while self._waiting and self._has_room(self._waiting[0].size):
            entry = self._waiting.popleft()
            admitted.append(self._number(entry.kind, entry.fields))
            if entry.on_admitted:
                entry.on_admitted()
        return admitted

    def acknowledge(self, received: int) -> None:
        """Forgets what the other side has taken.

        Raises:
            ProtocolError: It acknowledges what was never sent.
        """
        if received > self._sent:
            raise ProtocolError(f"number {received} was acknowledged, but {self._sent} is the last that was sent")
        outstanding = self._outstanding
        while outstanding and outstanding[0].number <= received:
            self._outstanding_bytes -= len(outstanding.popleft().data)

    def outstanding(self) -> list[bytes]:
        """Returns the frames that were not acknowledged, in order, byte for byte. They go out again after a resume."""
        # The other side learns how far this one got from the login itself.
        self._told = self.received
        return [entry.data for entry in self._outstanding]

    def abandon(self) -> None:
        """Gives the session up: nothing more is sent, and callers that wait for room go on."""
        waiting, self._waiting = self._waiting, deque()
        self._outstanding.clear()
        self._outstanding_bytes = 0
        for entry in waiting:
            if entry.on_admitted:
                entry.on_admitted()

    @property
    def is_settled(self) -> bool:
        """Whether all that was to be sent is acknowledged."""
        return not self._outstanding and not self._waiting

    @property
    def has_room(self) -> bool:
        """Whether a small frame would go at once."""
        return not self._waiting and self._has_room(0)

    def _has_room(self, size: int) -> bool:
        if not self._outstanding:
            return True  # a single frame may be larger than the window
        return len(self._outstanding) < self.window and self._outstanding_bytes + size <= self.window_bytes

    def _number(self, kind: int, fields: dict[str, Any]) -> bytes:
        self._sent += 1
        data = write_frame(kind, self._sent, fields)
        self._outstanding.append(_Sent(self._sent, data))
        self._outstanding_bytes += len(data)
        return data
