"""The reports of a link with a bridge: to its handler, and as counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .frames import Frame


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
