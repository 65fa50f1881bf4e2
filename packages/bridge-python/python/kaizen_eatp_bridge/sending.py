"""Sends frames on one connection after the other: joined into messages, with acknowledgements in time."""

from __future__ import annotations

import asyncio

from .channel import Channel
from .frames import PING, write_frame
from .outbox import Outbox
from .session import ACK_EVERY, Session

_ACK_DELAY = 0.025
_MOST_UNSENT = 1024 * 1024
_UNSENT_PAUSE = 0.01


class Sender:
    """Everything here runs on one event loop.

    Attributes:
        said: Whether something was sent since this was set to False.
    """

    def __init__(self) -> None:
        self.said = False
        self._loop: asyncio.AbstractEventLoop
        self._channel: Channel | None = None
        self._session: Session
        self._outbox: Outbox
        self._ack_timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Handle | None = None
        self._is_taking = self._flush_then = False

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._channel is not None

    def open(self, channel: Channel, session: Session) -> None:
        """Takes a connection whose login is complete, and puts the frames that the peer has not taken into it."""
        self._loop = asyncio.get_running_loop()
        self._session = session
        self._outbox = Outbox(session)
        for data in (*session.outstanding(), *session.admit()):
            self._outbox.put(data)
        self._channel = channel

    def close(self) -> None:
        """The connection is lost. Frames that are not acknowledged stay with the session."""
        self._channel = None
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if self._ack_timer is not None:
            self._ack_timer.cancel()
            self._ack_timer = None

    def put(self, data: bytes) -> None:
        """Sends a frame. Without a connection it stays with the session, and goes out when that is resumed."""
        if self._channel is None:
            return
        self._outbox.put(data)
        if self._outbox.is_full:
            self.flush()
        else:
            self._wake()

    def ping(self, token: int) -> None:
        """Sends PING."""
        self._outbox.put(write_frame(PING, token))
        self._wake()

    def pong(self, token: int) -> None:
        """Answers PING."""
        self._outbox.answer(token)
        self._wake()

    def begin(self, size: int) -> None:
        """A message of so many bytes came, and its frames are taken: what they bring about goes out together."""
        self._is_taking = True
        self._outbox.heard(size)

    def end(self) -> None:
        """All frames of the message were taken."""
        self._is_taking = False

    def flush_if_due(self) -> None:
        """Sends what was to be sent while frames were taken."""
        if self._flush_then:
            self._flush_then = False
            self.flush()

    def owe_ack(self) -> None:
        """A frame was taken, so an acknowledgement is due, at once or soon."""
        if self._session.untold >= ACK_EVERY:
            self._ack_now()
        elif self._ack_timer is None:
            self._ack_timer = self._loop.call_later(_ACK_DELAY, self._ack_later)

    def flush(self) -> None:
        """Sends all frames immediately, without waiting for more of them to join."""
        if self._is_taking:
            self._flush_then = True
            return
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        channel = self._channel
        if channel is None:
            return
        if channel.unsent > _MOST_UNSENT:
            # The window bounds what is kept; but acknowledgements and pongs to a peer that never reads would pile up.
            self._flushing = self._loop.call_later(_UNSENT_PAUSE, self.flush)
            return
        for message in self._outbox.take_messages():
            channel.send_now(message)
            self.said = True

    def _wake(self) -> None:
        # Frames of one turn of the loop go out together, in the next one; a full message goes immediately.
        if self._flushing is None:
            self._flushing = self._loop.call_soon(self.flush)

    def _ack_later(self) -> None:
        self._ack_timer = None
        if self._session.untold:
            self._ack_now()

    def _ack_now(self) -> None:
        self._outbox.acknowledge()
        self._wake()
