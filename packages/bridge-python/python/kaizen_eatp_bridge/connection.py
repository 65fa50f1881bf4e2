"""One session with a bridge over as many connections as it takes."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from .address import check_url
from .channel import Channel, open_channel
from .conversation import Conversation
from .errors import LoginRefusedError, ProtocolError, StartError
from .frames import BYE, Frame
from .link_events import Counts, Handler
from .login import Credentials, Login, Terms
from .sending import Sender
from .session import Session

log = logging.getLogger("kaizen_eatp_bridge")

# A bridge answers a failed login up to 8 s late.
_LOGIN_TIMEOUT = 15.0
_FIRST_RETRY, _LAST_RETRY = 0.05, 5.0
_SLOW_RETRY = 0.5
# With these the same worker may come again; with any other it would be refused again.
_TRY_AGAIN = frozenset({"OVERLOADED", "CLOSING"})
_NEW_SESSION = frozenset({"SESSION_UNKNOWN", "SESSION_TAKEN"})


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
        self._sender = Sender()
        self._grace_timer: asyncio.TimerHandle | None = None
        self._channel: Channel | None = None
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
        self._sender.put(data)
        return True

    def flush(self) -> None:
        """Sends all frames immediately, without waiting for more of them to join."""
        self._sender.flush()

    @property
    def is_connected(self) -> bool:
        """Whether a login is complete and the connection is up."""
        return self._sender.is_open

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
            await self._pause(max(delay, _SLOW_RETRY) if slow else delay)
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
        channel = self._channel
        if channel is None or not self.is_connected:
            return
        self.send(BYE, {"reason": reason})
        await self.settle(timeout)
        await channel.close(1000)

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
        channel = await open_channel(self.url, self._tls)
        try:
            await self._log_in(channel)
            assert self.terms is not None
            await Conversation(channel, self.session, self._sender, self, self.terms).run()
        except ProtocolError as error:
            await channel.close(error.close_code, str(error)[:100])
            raise
        except LoginRefusedError as error:
            await channel.close(4401, error.code)
            raise
        finally:
            await channel.close()

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
        self._channel = ws
        self._sender.open(ws, session)
        self._handler.on_welcome(agent_ids, is_resumed)

    # --- what comes; the conversation calls these ---------------------------------------------------------------

    def check_next(self, frame: Frame) -> None:
        self._handler.before_frame(frame)

    def take_new(self, frame: Frame) -> None:
        self._handler.on_frame(frame)

    def took_again(self) -> None:
        self.counts.duplicates += 1

    def bridge_left(self, reason: str) -> None:
        self._lose_session(f"the bridge left: {reason}", new=True)
        self._sender.close()

    def acknowledged(self, received: int) -> None:
        session = self.session
        session.acknowledge(received)
        for data in session.admit():
            self._sender.put(data)
        if self._settled and session.is_settled:
            waiting, self._settled = self._settled, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    # --- loss ---------------------------------------------------------------------------------------------------

    def _disconnected(self) -> None:
        self._channel = None
        self._sender.close()
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
