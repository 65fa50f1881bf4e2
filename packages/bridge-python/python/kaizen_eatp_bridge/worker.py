"""Serves agents to a bridge, and calls the agents that the bridge serves."""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
import sys
from collections.abc import Callable, Mapping
from typing import Any

from .adapters import Agent
from .calls import OutgoingCalls
from .carrier import LoopCarrier
from .connection import Link
from .context import Invocation
from .errors import BridgeError, InvocationCancelledError, ProtocolError
from .exits import end_forks_of
from .frames import CANCEL, DRAIN, FAIL, INVOKE, PROGRESS, RESULT, USAGE, Frame
from .incoming import Call, Verifier, check_size, failure_of, is_being_cancelled, read_invocation
from .login import Credentials
from .running import AgentRunner, Processes
from .session import Session
from .usage import from_any_thread

log = logging.getLogger("kaizen_eatp_bridge")

# An agent that has its answer at once needs no turn of the event loop of its own.
_EAGER: dict[str, Any] = {"eager_start": True} if sys.version_info >= (3, 12) else {}


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
        self._agents = agents
        self._loop: asyncio.AbstractEventLoop
        self._verifier = verifier
        self._max_in_flight = credentials.max_in_flight
        self._on_joined = on_joined
        self._runner = AgentRunner(threads, processes, self._report)
        self._calls: dict[int, Call] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._agent_ids: dict[str, str] = {}
        self._is_stopping = False
        self.link = Link(url, credentials, self, tls)
        self.outgoing = OutgoingCalls(self.link)
        self.carrier = LoopCarrier(self.outgoing, self._is_under_way)

    async def run(self) -> None:
        """Joins and serves until `stop`.

        Raises:
            LoginRefusedError: The bridge does not let it in.
            StartError: The address or the bridge's certificate is not as it must be.
        """
        self._loop = asyncio.get_running_loop()
        self.carrier.open()
        end_forks_of(self._loop)
        try:
            await self.link.run()
        finally:
            self._stop_calls("the worker stopped")
            await self.carrier.close("the worker stopped")
            await self._runner.close(self._agents.values())

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
                while not (await link.settle(0.25) and self._idle.is_set()):
                    await self._idle.wait()
        except TimeoutError:
            log.warning("%d invocations were not done in %g s and are stopped", len(self._calls), drain_timeout)
            self._stop_calls(reason)
            # Each sends its end.
            await asyncio.wait([call.task for call in self._calls.values() if call.task] or [_nothing()], timeout=1)
        await link.close(reason)

    @property
    def is_ready(self) -> bool:
        """Whether it is logged in and takes calls."""
        return self.link.is_connected and not self._is_stopping

    @property
    def agent_ids(self) -> Mapping[str, str]:
        """The agents' ids in their trust chains, by name, once joined."""
        return self._agent_ids

    @property
    def in_flight(self) -> int:
        """How many invocations are under way."""
        return len(self._calls)

    # --- what comes ---------------------------------------------------------------------------------------------

    def on_welcome(self, agent_ids: dict[str, str], is_resumed: bool) -> None:
        self._agent_ids = agent_ids
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
            self._invoke(body)
        elif kind == CANCEL:
            call = self._calls.get(body["call"])
            if call is not None:
                self._stop(call, "CANCELLED", body["reason"])
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
        self._stop_calls(reason)
        self._calls.clear()
        self._idle.set()

    def _stop_calls(self, reason: str) -> None:
        for call in list(self._calls.values()):
            self._stop(call, "CANCELLED", reason)

    # --- one invocation -----------------------------------------------------------------------------------------

    def _invoke(self, body: dict[str, Any]) -> None:
        number: int = body["call"]
        invocation = read_invocation(body)
        invocation._carrier = self.carrier
        call = self._calls[number] = Call(number, invocation)
        self._idle.clear()
        deadline_ms = body.get("deadline_ms")
        if deadline_ms is not None:
            call.timer = self._loop.call_later(deadline_ms / 1000, self._stop, call, "DEADLINE", "its deadline passed")
        call.task = asyncio.Task(self._serve(call, body, self.link.session), loop=self._loop, **_EAGER)

    async def _serve(self, call: Call, body: dict[str, Any], session: Session) -> None:
        call.is_begun = True
        try:
            call.invocation.raise_if_cancelled()
            kind, fields = RESULT, await self._run(call, body, session)
        except BaseException as error:
            is_asked = call.invocation._cancelled is not None
            if not is_asked and isinstance(error, asyncio.CancelledError) and is_being_cancelled():
                self._end(call)
                raise  # the event loop is ending
            # KeyboardInterrupt and SystemExit too: they are the agent's, and end its call alone.
            kind, fields = FAIL, failure_of(call, error)
        finally:
            if call.timer is not None:
                call.timer.cancel()
        # From here on no report and no call is possible: the end is the last frame of a call.
        call.invocation._cancelled = call.invocation._cancelled or "it is over"
        # They hold the call, which holds them: left so, every call would wait for the garbage collector.
        call.invocation._report = call.invocation._report_async = call.invocation._count = None
        # A session that is lost takes its calls along: their ends have nowhere to go.
        if self.link.session is session:
            self.outgoing.stop_within(call.call, "it is over")
            output = fields.get("output", b"")
            self.link.send(kind, fields, len(output))
        self._end(call)
        if not self._calls:
            # Nothing is about to end that could go along.
            self.link.flush()

    def _is_under_way(self, invocation: Invocation) -> bool:
        call = self._calls.get(invocation.call)
        return call is not None and call.invocation is invocation and invocation._cancelled is None

    def _end(self, call: Call) -> None:
        if self._calls.get(call.call) is call:
            del self._calls[call.call]
            if not self._calls:
                self._idle.set()

    async def _run(self, call: Call, body: dict[str, Any], session: Session) -> dict[str, Any]:
        invocation = call.invocation
        agent = self._agents.get(invocation.agent)
        if agent is None:
            raise BridgeError(f"There is no agent {invocation.agent!r} here.", code="NOT_FOUND")
        payload: bytes = body["input"]
        if self._verifier is not None:
            agent_id = self._agent_ids.get(invocation.agent, "")
            audience = f"{session.id.hex()}/{call.call}"
            invocation.facts = await self._verifier.check(agent_id, body.get("proof"), payload, audience)
        invocation._count = from_any_thread(functools.partial(self._send_usage, invocation))
        output = await self._runner.run(agent, invocation, payload)
        check_size(output, self.link.terms.max_message if self.link.terms else 0)
        return {"call": call.call, "output": output}

    async def _report(self, invocation: Invocation, data: bytes) -> None:
        """Sends progress, and comes back when the window has room for it."""
        invocation.raise_if_cancelled()
        call = self._calls.get(invocation.call)
        if call is None or call.invocation is not invocation:
            raise InvocationCancelledError("The invocation is over.")
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_admitted() -> None:
            if not admitted.done():
                admitted.set_result(None)

        if not self.link.send(PROGRESS, {"call": call.call, "value": data}, len(data), on_admitted):
            await admitted

    def _send_usage(self, invocation: Invocation, tokens: float, cost: float) -> None:
        if self._is_under_way(invocation):
            self.link.send(USAGE, {"call": invocation.call, "tokens": tokens, "cost": cost})

    def _stop(self, call: Call, code: str, reason: str) -> None:
        if call.invocation._cancelled is None and call.task is not None:
            call.code = code
            call.invocation._cancelled = reason
            self.outgoing.stop_within(call.call, reason)
            # A task that is cancelled before it has begun does nothing at all, and the call would never end.
            if call.is_begun:
                call.task.cancel()


def _nothing() -> asyncio.Task[None]:
    return asyncio.ensure_future(asyncio.sleep(0))
