"""A WebSocket whose messages are taken as they come, and which is written to at once.

The library hands each message to a task that waits for it, and writes for a task: two turns of the event loop, which for
small calls take about as long as all the rest.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from .errors import BridgeError
from .frames import LOGIN_MESSAGE_LIMIT

_CONT, _TEXT, _BINARY = Opcode.CONT, Opcode.TEXT, Opcode.BINARY
# The most messages that a peer can send before they are read.
_MOST_QUEUED = 2048


class Channel(ClientConnection):
    """One connection. Its messages are bytes; "" stands for a message that is not binary, which the protocol does not have."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._taker: Callable[[bytes | str], None] | None = None
        self._queue: deque[bytes | str] = deque()
        self._arrival: asyncio.Future[None] | None = None
        self._parts: list[bytes] = []
        self._is_text = False

    async def next_message(self) -> bytes | str:
        """The next message; for the time before `take_messages`.

        Raises:
            ConnectionResetError: There is none any more.
        """
        while not self._queue:
            self._check_open()
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        return self._queue.popleft()

    def take_messages(self, taker: Callable[[bytes | str], None]) -> None:
        """Has each message handed to a function from now on, as soon as it comes. The function must not raise."""
        self._taker = taker
        while self._queue:
            taker(self._queue.popleft())

    def send_now(self, message: bytes) -> None:
        """Writes a message; one that the network does not take yet is kept until it does. If it is closed, nothing."""
        if self.protocol.state is State.OPEN:
            self.protocol.send_binary(message)
            self.send_data()

    @property
    def unsent(self) -> int:
        """How many bytes the network has not taken yet."""
        return self.transport.get_write_buffer_size()

    def limit(self, max_message: int) -> None:
        """Sets how large a message may be, in bytes."""
        for name in ("max_message_size", "max_size"):  # the name differs among versions of websockets
            if hasattr(self.protocol, name):
                setattr(self.protocol, name, max_message)
                return
        raise unknown_version()

    async def lost(self) -> None:
        """Waits for the end of the connection.

        Raises:
            ConnectionResetError: In the end.
        """
        await self.wait_closed()
        self._check_open()

    def _check_open(self) -> None:
        if self.protocol.state is not State.OPEN:
            raise ConnectionResetError(f"it was closed ({self.close_code}) {self.close_reason or ''}".rstrip())

    # --- what websockets calls ------------------------------------------------------------------------------------

    def process_event(self, event: Any) -> None:
        if not isinstance(event, Frame) or event.opcode not in (_BINARY, _TEXT, _CONT):
            super().process_event(event)
            return
        if event.opcode is not _CONT:
            self._is_text = event.opcode is _TEXT
        if event.fin and not self._parts:
            self._hand_over(bytes(event.data))
            return
        self._parts.append(bytes(event.data))
        if event.fin:
            parts, self._parts = self._parts, []
            self._hand_over(b"".join(parts))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._wake()

    def _hand_over(self, data: bytes) -> None:
        message = "" if self._is_text else data
        if self._taker is not None:
            self._taker(message)
        elif len(self._queue) < _MOST_QUEUED:
            self._queue.append(message)
            self._wake()
        else:
            self.transport.abort()

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)


async def open_channel(url: str, tls: ssl.SSLContext | None) -> Channel:
    """Connects. No message can be larger than a login needs until `limit` is called."""
    # No compression: it costs far more than it saves. No pings of WebSocket: the protocol has its own.
    channel: Any = await connect(
        url,
        create_connection=Channel,
        ssl=tls,
        compression=None,
        ping_interval=None,
        max_size=LOGIN_MESSAGE_LIMIT,
        close_timeout=1,
        open_timeout=10,
        user_agent_header=None,
        # A proxy of the environment is for other machines.
        proxy=True if tls else None,
    )
    opened: Channel = channel
    return opened


def unknown_version() -> BridgeError:
    """Returns the error for a version of websockets whose internals this module does not know."""
    return BridgeError(
        "This version of websockets is not known.", "pip install --upgrade kaizen-eatp-bridge websockets"
    )


if not all(hasattr(ClientConnection, name) for name in ("process_event", "send_data", "connection_lost", "wait_closed")):
    raise unknown_version()
