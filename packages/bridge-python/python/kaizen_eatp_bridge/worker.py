"""Serves agents to a bridge, and calls the agents that the bridge serves."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from typing import Any

from .adapters import Agent
from .calls import OutgoingCalls
from .carrier import LoopCarrier
from .connection import Link
from .errors import ProtocolError
from .exits import end_forks_of
from .frames import CANCEL, DRAIN, FAIL, INVOKE, PROGRESS, RESULT, Frame
from .incoming import Verifier
from .invocations import Invocations
from .login import Credentials
from .running import Processes

log = logging.getLogger("kaizen_eatp_bridge")


class Worker:
    """Agents, joined to one bridge.

    Args:
        agents: What is served, by name.
        verifier: Judges each invocation; None accepts all, which only tests and trusted machines should do.
        threads: How many blocking agents run at a time.
        processes: Runs blocking agents instead of threads, if given.
        on_joined: Told the agents' ids, by name, at each welcome of a new session.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        agents: Mapping[str, Agent],
        *,
        verifier: Verifier | None = None,
        threads: int = 64,
        processes: Processes | None = None,
        tls: ssl.SSLContext | None = None,
        on_joined: Callable[[dict[str, str]], None] | None = None,
    ) -> None:
        self._max_in_flight = credentials.max_in_flight
        self._on_joined = on_joined
        self._is_stopping = False
        self.link = Link(url, credentials, self, tls)
        self.outgoing = OutgoingCalls(self.link)
        self._calls = Invocations(self.link, self.outgoing, agents, verifier, threads, processes)
        self.carrier: LoopCarrier = self._calls.carrier

    async def run(self) -> None:
        """Joins and serves until `stop`.

        Raises:
            LoginRefusedError: The bridge does not let it in.
            StartError: The address or the bridge's certificate is not as it must be.
        """
        self.carrier.open()
        end_forks_of(asyncio.get_running_loop())
        try:
            await self.link.run()
        finally:
            await self._calls.close("the worker stopped")

    async def stop(self, drain_timeout: float, reason: str = "the worker stops") -> None:
        """Takes nothing new, ends what is under way, and leaves.

        Args:
            drain_timeout: How long to wait for what is under way, in seconds; it is cancelled then.
        """
        self._is_stopping = True
        link = self.link
        if link.is_connected or self._calls or not link.session.is_settled:
            link.send(DRAIN, {})
        try:
            async with asyncio.timeout(drain_timeout):
                # Once the bridge has taken DRAIN, nothing new comes any more.
                while not (await link.settle(0.25) and self._calls.idle.is_set()):
                    await self._calls.idle.wait()
        except TimeoutError:
            log.warning("%d invocations were not done in %g s and are stopped", len(self._calls), drain_timeout)
            self._calls.stop_all(reason)
            # Each sends its end.
            await self._calls.ends(1)
        await link.close(reason)

    @property
    def is_ready(self) -> bool:
        """Whether it is logged in and takes calls."""
        return self.link.is_connected and not self._is_stopping

    @property
    def agent_ids(self) -> Mapping[str, str]:
        """The agents' ids in their trust chains, by name, once joined."""
        return self._calls.agent_ids

    @property
    def in_flight(self) -> int:
        """How many invocations are under way."""
        return len(self._calls)

    # --- what comes ---------------------------------------------------------------------------------------------

    def on_welcome(self, agent_ids: dict[str, str], is_resumed: bool) -> None:
        self._calls.agent_ids = agent_ids
        if self._on_joined is not None and not is_resumed:
            self._on_joined(agent_ids)

    def before_frame(self, frame: Frame) -> None:
        if frame.type == INVOKE:
            if len(self._calls) >= self._max_in_flight:
                raise ProtocolError(f"more than {self._max_in_flight} invocations at a time")
            if frame.body["call"] in self._calls:
                raise ProtocolError(f"call {frame.body['call']} is under way already")

    def on_frame(self, frame: Frame) -> None:
        kind, _, body = frame
        if kind == INVOKE:
            self._calls.begin(body)
        elif kind == CANCEL:
            self._calls.cancel(body["call"], body["reason"])
        elif kind == PROGRESS:
            self.outgoing.progress(body["call"], body["value"])
        elif kind == RESULT:
            self.outgoing.result(body["call"], body["output"])
        elif kind == FAIL:
            self.outgoing.fail(body)

    def on_session_lost(self, reason: str) -> None:
        if self._calls:
            log.warning("%d invocations are stopped: %s", len(self._calls), reason)
        self.outgoing.lost(reason)
        self._calls.forget_all(reason)
