"""Takes the frames of one connection, from the end of its login until it is lost."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from .channel import Channel
from .errors import ProtocolError
from .frames import ACK, BYE, FROM_BRIDGE, PING, PONG, Frame, read_message
from .login import Terms
from .sending import Sender
from .session import Session

log = logging.getLogger("kaizen_eatp_bridge")

_SILENT_HALVES = 6
"""So many halves of a heartbeat without a word until a connection is taken for lost."""


class FrameTaker(Protocol):
    """Receives the frames of a conversation, on the event loop."""

    def take_new(self, frame: Frame) -> None:
        """A numbered frame came, in order and for the first time. Raises ProtocolError if it may not come now."""

    def check_next(self, frame: Frame) -> None:
        """Raises ProtocolError for a numbered frame that may not come now, before it counts as received."""

    def took_again(self) -> None:
        """A numbered frame came a second time, and was dropped."""

    def acknowledged(self, received: int) -> None:
        """The bridge has taken all frames up to this number."""

    def bridge_left(self, reason: str) -> None:
        """The bridge ended the session."""


class Conversation:
    """One connection whose login is complete.

    Args:
        taker: Receives what comes.
    """

    def __init__(self, channel: Channel, session: Session, sender: Sender, taker: FrameTaker, terms: Terms) -> None:
        self._channel = channel
        self._session = session
        self._sender = sender
        self._taker = taker
        self._terms = terms
        self._heard = False
        self._over: asyncio.Future[None]

    async def run(self) -> None:
        """Returns when the bridge left or was silent for too long.

        Raises:
            ProtocolError: The bridge broke the protocol.
            ConnectionClosed: The connection is lost.
        """
        self._over = asyncio.get_running_loop().create_future()
        ends: list[asyncio.Future[None]] = [
            self._over,
            asyncio.ensure_future(self._channel.lost()),
            asyncio.ensure_future(self._beat()),
        ]
        try:
            self._channel.take_messages(self._take_message)
            self._sender.flush()
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                if end.done():
                    end.result()
                    return
        finally:
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)

    def _take_message(self, message: bytes | str) -> None:
        if self._over.done():
            return
        self._heard = True
        self._sender.begin(len(message))
        try:
            for frame in read_message(FROM_BRIDGE, message, self._terms.max_message):
                if frame.type == BYE and self._session.received + 1 == frame.number:
                    self._session.take(frame.number)
                    self._taker.bridge_left(frame.body["reason"])
                    self._over.set_result(None)
                    return
                self._take(frame)
        except Exception as error:
            self._over.set_exception(error)
        finally:
            self._sender.end()
        self._sender.flush_if_due()

    def _take(self, frame: Frame) -> None:
        session = self._session
        kind, number, body = frame
        if number:
            if number == session.received + 1:
                self._taker.check_next(frame)
            if session.take(number):
                self._taker.take_new(frame)
            else:
                self._taker.took_again()
            self._sender.owe_ack()
        elif kind == ACK:
            self._taker.acknowledged(body)
        elif kind == PING:
            self._sender.pong(body)
        elif kind != PONG:
            raise ProtocolError(f"frame type {kind} belongs to the login")

    async def _beat(self) -> None:
        heartbeat = self._terms.heartbeat
        quiet = silent = token = 0
        while True:
            await asyncio.sleep(heartbeat / 2)
            quiet = 0 if self._sender.said else quiet + 1
            silent = 0 if self._heard else silent + 1
            self._sender.said = self._heard = False
            if silent >= _SILENT_HALVES:
                log.warning("nothing was heard from the bridge for %.0f s", heartbeat * 3)
                # A peer that is gone answers no closing handshake.
                await self._channel.close(4411, "nothing was heard")
                return
            if quiet >= 2:
                token += 1
                quiet = 0
                self._sender.ping(token)
