"""One session with a bridge over as many connections as it takes."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from .address import check_url
from .channel import Channel
from .errors import LoginRefusedError, ProtocolError, StartError
from .frames import (
    ACK,
    BYE,
    FROM_BRIDGE,
    LOGIN_MESSAGE_LIMIT,
    PING,
    PONG,
    Frame,
    read_message,
    write_frame,
)
from .login import Credentials, Login, Terms
from .outbox import Outbox
from .session import ACK_EVERY, Session

log = logging.getLogger("kaizen_eatp_bridge")

# A bridge answers a failed login up to 8 s late.
_LOGIN_TIMEOUT = 15.0
_ACK_DELAY = 0.025
_FIRST_RETRY, _LAST_RETRY = 0.05, 5.0
_SLOW_RETRY = 0.5
_MOST_UNSENT = 1024 * 1024
_UNSENT_PAUSE = 0.01
# With these the same worker may come again; with any other it would be refused again.
_TRY_AGAIN = frozenset({"OVERLOADED", "CLOSING"})
_NEW_SESSION = frozenset({"SESSION_UNKNOWN", "SESSION_TAKEN"})


class Handler(Protocol):
    """Receives what comes. Its methods are called on the event loop."""

    def on_welcome(self, agent_ids: dict[str, str], is_resumed: bool) -> None:
        """The bridge let the worker in, with a new session or with the old one."""

    def on_frame(self, frame: Frame) -> None:
        """A numbered frame came, in order and for the first time."""

    def before_frame(self, frame: Frame) -> None:
        """Raises ProtocolError for a frame that may not come now."""

    def on_session_lost(self, reason: str) -> None:
        """The session is over: calls in flight have no outcome that can be known."""


@dataclass
class Counts:
    """How often things happened; for tests and for diagnosis."""

    connections: int = 0
    refused_frames: int = 0
    duplicates: int = 0
    sessions_lost: int = 0


class Link:
    """Keeps one session with a bridge going.

    Everything here runs on one event loop.

    Args:
        url: Where the bridge listens.
        credentials: Who joins.
        handler: Receives what comes.
        tls: For `wss`; default: the system's certificates.
    """

    def __init__(
        self, url: str, credentials: Credentials, handler: Handler, tls: ssl.SSLContext | None = None
    ) -> None:
        self.url = url
        self.counts = Counts()
        self.terms: Terms | None = None
        self.session = Session()
        self._credentials = credentials
        self._handler = handler
        self._loop: asyncio.AbstractEventLoop
        self._tls = (tls or ssl.create_default_context()) if check_url(url) else None
        self._welcomed = False
        self._ws: Channel | None = None
        self._outbox = Outbox(self.session)
        self._ack_timer: asyncio.TimerHandle | None = None
        self._grace_timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Handle | None = None
        self._is_taking = self._flush_then = False
        self._said = self._heard = False
        self._closing = asyncio.Event()
        self._settled: list[asyncio.Future[None]] = []

    # --- sending ------------------------------------------------------------------------------------------------

    def send(
        self, kind: int, fields: dict[str, Any], size: int = 0, on_admitted: Callable[[], None] | None = None
    ) -> bool:
        """Sends a numbered frame; False if it waits for room in the window."""
        data = self.session.submit(kind, fields, size, on_admitted)
        if data is None:
            return False
        self._put(data)
        return True

    def _put(self, data: bytes) -> None:
        # Without a connection it stays with the session, and goes out when that is resumed.
        if self._ws is not None:
            self._outbox.put(data)
            if self._outbox.is_full:
                self.flush()
            else:
                self._wake()

    def _wake(self) -> None:
        # Frames of one turn of the loop go out together, in the next one; a full message goes immediately.
        if self._flushing is None:
            self._flushing = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Sends what is to be sent without waiting for more of it; but what one message brings about goes out together."""
        if self._is_taking:
            self._flush_then = True
            return
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        ws = self._ws
        if ws is None:
            return
        if ws.unsent > _MOST_UNSENT:
            # The window bounds what is kept; but acknowledgements and pongs to a peer that never reads would pile up.
            self._flushing = self._loop.call_later(_UNSENT_PAUSE, self.flush)
            return
        for message in self._outbox.take_messages():
            ws.send_now(message)
            self._said = True

    @property
    def is_connected(self) -> bool:
        """Whether a login is complete and the connection is up."""
        return self._ws is not None

    # --- life ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Connects, and connects again whenever the connection is lost, until `close`.

        Raises:
            LoginRefusedError: The bridge refuses for good.
            StartError: The address or its certificate is not as it must be.
        """
        self._loop = asyncio.get_running_loop()
        delay = _FIRST_RETRY
        while not self._closing.is_set():
            before = self.counts.connections
            slow = False
            try:
                await self._connect_and_serve()
            except LoginRefusedError as error:
                if error.code in _NEW_SESSION:
                    self._lose_session("the bridge does not know the session any more")
                elif error.code not in _TRY_AGAIN:
                    raise
                slow = True
                log.warning("the bridge refuses for now: %s", error)
            except ssl.SSLCertVerificationError as error:
                raise StartError(
                    f"The certificate of {self.url} is not trusted: {error.verify_message}.",
                    "Pass the certificate of its authority with --ca FILE.",
                ) from error
            except InvalidURI as error:
                raise StartError(f"{self.url!r} is no address of a bridge.") from error
            except ProtocolError as error:
                self.counts.refused_frames += 1
                log.warning("the bridge broke the protocol: %s", error)
            except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed, EOFError) as error:
                if not self._closing.is_set():
                    log.info("no connection with %s: %s", self.url, error or type(error).__name__)
            finally:
                self._disconnected()
            if self.counts.connections > before:
                delay = _FIRST_RETRY
            if slow:
                delay = max(delay, _SLOW_RETRY)
            await self._pause(delay)
            delay = min(delay * 2, _LAST_RETRY)

    async def _pause(self, seconds: float) -> None:
        # Scattered, so that workers that lost a bridge together do not come back together.
        try:
            async with asyncio.timeout(seconds * random.uniform(0.5, 1.5)):
                await self._closing.wait()
        except TimeoutError:
            pass

    async def close(self, reason: str, timeout: float = 1.0) -> None:
        """Says BYE, waits until the bridge has taken all there was, and ends."""
        self._closing.set()
        ws = self._ws
        if ws is None:
            return
        self.send(BYE, {"reason": reason})
        await self.settle(timeout)
        await ws.close(1000)

    async def settle(self, timeout: float) -> bool:
        """Waits until the bridge acknowledged all that was sent; False if that takes too long."""
        if self.session.is_settled:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._settled.append(future)
        try:
            async with asyncio.timeout(timeout):
                await future
            return True
        except TimeoutError:
            return False

    # --- one connection -----------------------------------------------------------------------------------------

    async def _connect_and_serve(self) -> None:
        # No compression: it costs far more than it saves. No pings of WebSocket: the protocol has its own.
        ws: Any = await connect(
            self.url,
            create_connection=Channel,
            ssl=self._tls,
            compression=None,
            ping_interval=None,
            max_size=LOGIN_MESSAGE_LIMIT,
            close_timeout=1,
            open_timeout=10,
            user_agent_header=None,
            # A proxy of the environment is for other machines.
            proxy=True if self._tls else None,
        )
        try:
            await self._log_in(ws)
            await self._serve(ws)
        except ProtocolError as error:
            await ws.close(error.close_code, str(error)[:100])
            raise
        except LoginRefusedError as error:
            await ws.close(4401, error.code)
            raise
        finally:
            await ws.close()

    async def _log_in(self, ws: Channel) -> None:
        session = self.session
        login = Login(self._credentials, session.id, self._welcomed, session.received)
        async with asyncio.timeout(_LOGIN_TIMEOUT):
            await ws.send(login.hello)
            join, terms = login.answer(await ws.next_message())
            # The bridge has shown who it is, and frames may follow its welcome at once.
            ws.limit(terms.max_message)
            await ws.send(join)
            received, agent_ids = login.welcome(await ws.next_message())
        if session is not self.session:
            raise ConnectionResetError("the session was given up while it was resumed")
        if self._grace_timer is not None:
            self._grace_timer.cancel()
            self._grace_timer = None
        session.acknowledge(received)
        session.window, session.window_bytes = terms.window, terms.window_bytes
        self.terms = terms
        self.counts.connections += 1
        is_resumed, self._welcomed = self._welcomed, True
        # An enrolment token has done its work; should it come again, it would look like a copy.
        self._credentials = replace(self._credentials, token=None)
        self._outbox = Outbox(session)
        for data in (*session.outstanding(), *session.admit()):
            self._outbox.put(data)
        self._ws = ws
        self._handler.on_welcome(agent_ids, is_resumed)

    async def _serve(self, ws: Channel) -> None:
        assert self.terms is not None
        max_message = self.terms.max_message
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def take(message: bytes | str) -> None:
            if over.done():
                return
            self._heard = self._is_taking = True
            self._outbox.heard(len(message))
            try:
                for frame in read_message(FROM_BRIDGE, message, max_message):
                    self._take(frame)
                    if self._ws is None:
                        over.set_result(None)  # the bridge left
                        return
            except Exception as error:
                over.set_exception(error)
            finally:
                self._is_taking = False
            if self._flush_then:
                self._flush_then = False
                self.flush()

        ends: list[asyncio.Future[None]] = [
            over,
            asyncio.ensure_future(ws.lost()),
            asyncio.ensure_future(self._beat(ws, self.terms.heartbeat)),
        ]
        try:
            ws.take_messages(take)
            self.flush()
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                if end.done():
                    end.result()
                    return
        finally:
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)

    def _take(self, frame: Frame) -> None:
        session = self.session
        kind, number, body = frame
        if number:
            if number == session.received + 1:
                self._handler.before_frame(frame)
            if not session.take(number):
                self.counts.duplicates += 1
            elif kind == BYE:
                self._lose_session(f"the bridge left: {body['reason']}", new=True)
                self._ws = None
                return
            else:
                self._handler.on_frame(frame)
            self._owe_ack()
        elif kind == ACK:
            self._acknowledged(body)
        elif kind == PING:
            self._outbox.answer(body)
            self._wake()
        elif kind != PONG:
            raise ProtocolError(f"frame type {kind} belongs to the login")

    def _acknowledged(self, received: int) -> None:
        session = self.session
        session.acknowledge(received)
        for data in session.admit():
            self._put(data)
        if self._settled and session.is_settled:
            waiting, self._settled = self._settled, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    def _owe_ack(self) -> None:
        if self.session.untold >= ACK_EVERY:
            self._ack_now()
        elif self._ack_timer is None:
            self._ack_timer = self._loop.call_later(_ACK_DELAY, self._ack_later)

    def _ack_later(self) -> None:
        self._ack_timer = None
        if self.session.untold:
            self._ack_now()

    def _ack_now(self) -> None:
        self._outbox.acknowledge()
        self._wake()

    async def _beat(self, ws: Channel, heartbeat: float) -> None:
        quiet = silent = token = 0
        while True:
            await asyncio.sleep(heartbeat / 2)
            quiet = 0 if self._said else quiet + 1
            silent = 0 if self._heard else silent + 1
            self._said = self._heard = False
            if silent >= 6:
                log.warning("nothing was heard from the bridge for %.0f s", heartbeat * 3)
                # A peer that is gone answers no closing handshake.
                await ws.close(4411, "nothing was heard")
                return
            if quiet >= 2:
                token += 1
                quiet = 0
                self._outbox.put(write_frame(PING, token))
                self._wake()

    # --- loss ---------------------------------------------------------------------------------------------------

    def _disconnected(self) -> None:
        self._ws = None
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if self._ack_timer is not None:
            self._ack_timer.cancel()
            self._ack_timer = None
        if self._welcomed and self._grace_timer is None and self.terms is not None:
            loop = asyncio.get_running_loop()
            self._grace_timer = loop.call_later(
                self.terms.grace, self._lose_session, f"no connection for {self.terms.grace:g} s"
            )

    def _lose_session(self, reason: str, new: bool = True) -> None:
        if self._grace_timer is not None:
            self._grace_timer.cancel()
            self._grace_timer = None
        self.counts.sessions_lost += 1
        self.session.abandon()
        if new:
            self.session = Session()
            self._welcomed = False
        self._handler.on_session_lost(reason)
