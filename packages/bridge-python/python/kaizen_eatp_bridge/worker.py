"""Serves agents to a bridge, and calls the agents that the bridge serves."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import datetime as dt
import logging
import os
import ssl
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from .adapters import Agent
from .calls import OutgoingCalls
from .carrier import LoopCarrier
from .connection import Link
from .context import Facts, Invocation, enter
from .errors import (
    BridgeError,
    InvocationCancelledError,
    NotPortableError,
    ProtocolError,
    RemoteAgentError,
)
from .exits import end_forks_of, end_if_forked
from .farewell import close_agents
from .frames import CANCEL, DRAIN, FAIL, INVOKE, PROGRESS, RESULT, Frame
from .login import Credentials
from .plain_values import to_plain
from .scrub import describe_error
from .session import Session
from .values import decode, encode

log = logging.getLogger("kaizen_eatp_bridge")

# What a RESULT frame has beside the output itself.
_FRAME_OVERHEAD = 64

# An agent that has its answer at once needs no turn of the event loop of its own.
_EAGER: dict[str, Any] = {"eager_start": True} if sys.version_info >= (3, 12) else {}

# Why the worker itself ends a call.
_OWN_CODES = frozenset({"REFUSED", "VALUE", "STOPPED", "NOT_FOUND", "TOO_LARGE"})


class Verifier(Protocol):
    """Judges whether an invocation was delegated to the agent that is to do it."""

    async def check(self, agent_id: str, proof: Mapping[str, Any] | None, payload: bytes) -> Facts:
        """What the invocation says of itself.

        Raises:
            ProofRefusedError: It is not shown that the agent may do this.
        """


class Processes(Protocol):
    """Runs blocking agents in processes of their own."""

    def serves(self, name: str) -> bool:
        """Whether an agent runs there."""

    async def run(self, invocation: Invocation, payload: bytes) -> bytes:
        """The output's bytes."""

    def close(self) -> None:
        """Ends the processes."""


class _Call:
    """An invocation under way."""

    __slots__ = ("call", "code", "invocation", "is_begun", "task", "timer")

    def __init__(self, call: int, invocation: Invocation) -> None:
        self.call = call
        self.invocation = invocation
        self.code = "CANCELLED"
        self.is_begun = False
        self.task: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None


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
        self._processes = processes
        self._max_in_flight = credentials.max_in_flight
        self._on_joined = on_joined
        self._threads = concurrent.futures.ThreadPoolExecutor(threads, thread_name_prefix="agent")
        self._calls: dict[int, _Call] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._agent_ids: dict[str, str] = {}
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
            self._threads.shutdown(wait=False, cancel_futures=True)
            if self._processes is not None:
                await asyncio.to_thread(self._processes.close)
            await close_agents(self._agents.values())

    async def stop(self, drain_timeout: float, reason: str = "the worker stops") -> None:
        """Takes nothing new, ends what is under way, and leaves.

        Args:
            drain_timeout: How long to wait for what is under way, in seconds; it is cancelled then.
        """
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
        trace = body.get("trace") or {}
        invocation = Invocation(
            body["agent"], number, traceparent=trace.get("traceparent"), tracestate=trace.get("tracestate")
        )
        invocation._carrier = self.carrier
        call = self._calls[number] = _Call(number, invocation)
        self._idle.clear()
        deadline_ms = body.get("deadline_ms")
        if deadline_ms is not None:
            now = dt.datetime.now(dt.UTC)
            invocation.deadline = now + dt.timedelta(milliseconds=min(deadline_ms, 2**40))
            call.timer = self._loop.call_later(deadline_ms / 1000, self._stop, call, "DEADLINE", "its deadline passed")
        call.task = asyncio.Task(self._serve(call, body, self.link.session), loop=self._loop, **_EAGER)

    async def _serve(self, call: _Call, body: dict[str, Any], session: Session) -> None:
        call.is_begun = True
        try:
            call.invocation.raise_if_cancelled()
            kind, fields = RESULT, await self._run(call, body)
        except (asyncio.CancelledError, InvocationCancelledError) as error:
            if call.invocation._cancelled is None and isinstance(error, asyncio.CancelledError):
                self._end(call)
                raise  # the loop is ending, nobody asked for this
            kind, fields = FAIL, _failure(call, call.code, error)
        except BaseException as error:
            # KeyboardInterrupt and SystemExit too: they are the agent's, and end its call alone.
            kind, fields = FAIL, _failure(call, _code_of(error), error)
        finally:
            if call.timer is not None:
                call.timer.cancel()
        # From here on nobody may report or call any more: the end is the last that is sent.
        call.invocation._cancelled = call.invocation._cancelled or "it is over"
        # They hold the call, which holds them: left so, every call would wait for the garbage collector.
        call.invocation._report = call.invocation._report_async = None
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

    def _end(self, call: _Call) -> None:
        if self._calls.get(call.call) is call:
            del self._calls[call.call]
            if not self._calls:
                self._idle.set()

    async def _run(self, call: _Call, body: dict[str, Any]) -> dict[str, Any]:
        invocation = call.invocation
        agent = self._agents.get(invocation.agent)
        if agent is None:
            raise BridgeError(f"There is no agent {invocation.agent!r} here.", code="NOT_FOUND")
        payload: bytes = body["input"]
        if self._verifier is not None:
            agent_id = self._agent_ids.get(invocation.agent, "")
            invocation.facts = await self._verifier.check(agent_id, body.get("proof"), payload)
        if agent.is_async:
            strict = agent.is_strict
            if agent.own_loop is None:
                invocation._report = _refuse_to_block
                invocation._report_async = lambda progress: self._report(
                    call, encode_value(progress, "progress", strict=strict)
                )
            else:
                invocation._report = self._reporter(call, strict)
                invocation._report_async = self._async_reporter(call, strict)
            enter(invocation)
            pid = os.getpid()
            try:
                output = encode_value(await agent.invoke(decode_input(payload)), "output", strict=agent.is_strict)
            finally:
                end_if_forked(pid)
        elif self._processes is not None and self._processes.serves(invocation.agent):
            invocation._report_async = lambda progress: self._report(call, progress)
            output = await self._processes.run(invocation, payload)
        else:
            output = await self._run_in_thread(call, agent, payload)
        limit = self.link.terms.max_message if self.link.terms else 0
        if len(output) + _FRAME_OVERHEAD > limit:
            raise BridgeError(
                f"The output has {len(output)} bytes; a message may have {limit}.",
                "Return less, or a reference to it, or raise maxMessage of the bridge.",
                code="TOO_LARGE",
            )
        return {"call": call.call, "output": output}

    async def _run_in_thread(self, call: _Call, agent: Agent, payload: bytes) -> bytes:
        invocation = call.invocation
        loop = asyncio.get_running_loop()
        invocation._report = self._reporter(call, agent.is_strict)
        invocation._report_async = self._async_reporter(call, agent.is_strict)

        pid = os.getpid()

        def work() -> bytes:
            enter(invocation)
            try:
                return encode_value(agent.call_blocking(decode_input(payload)), "output", strict=agent.is_strict)
            finally:
                end_if_forked(pid)

        return await loop.run_in_executor(self._threads, contextvars.copy_context().run, work)

    def _reporter(self, call: _Call, strict: bool) -> Callable[[Any], None]:
        """Reports progress from another thread, and waits in it."""

        def report(progress: Any) -> None:
            data = encode_value(progress, "progress", strict=strict)
            asyncio.run_coroutine_threadsafe(self._report(call, data), self._loop).result()

        return report

    def _async_reporter(self, call: _Call, strict: bool) -> Callable[[Any], Awaitable[None]]:
        """Reports progress from another event loop, and waits on it."""

        async def report(progress: Any) -> None:
            data = encode_value(progress, "progress", strict=strict)
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._report(call, data), self._loop))

        return report

    async def _report(self, call: _Call, data: bytes) -> None:
        """Sends progress, and comes back when the window has room for it."""
        call.invocation.raise_if_cancelled()
        if self._calls.get(call.call) is not call:
            raise InvocationCancelledError("The invocation is over.")
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_admitted() -> None:
            if not admitted.done():
                admitted.set_result(None)

        if not self.link.send(PROGRESS, {"call": call.call, "value": data}, len(data), on_admitted):
            await admitted

    def _stop(self, call: _Call, code: str, reason: str) -> None:
        if call.invocation._cancelled is None and call.task is not None:
            call.code = code
            call.invocation._cancelled = reason
            self.outgoing.stop_within(call.call, reason)
            # A task that is cancelled before it has begun does nothing at all, and the call would never end.
            if call.is_begun:
                call.task.cancel()


def _nothing() -> asyncio.Task[None]:
    return asyncio.ensure_future(asyncio.sleep(0))


def decode_input(payload: bytes) -> Any:
    """The input, or NotPortableError saying that it is the input that cannot be read."""
    try:
        return decode(payload)
    except NotPortableError as error:
        raise NotPortableError("input " + error.path, error.message.partition(": ")[2], error.remedy) from error


def encode_value(value: Any, what: str, *, strict: bool = False) -> bytes:
    """The bytes of an output or of progress, or NotPortableError saying which of them cannot be written.

    Args:
        strict: Whether a value that is not plain is refused, instead of being turned into a plain one.
    """
    try:
        try:
            return encode(value)
        except NotPortableError:
            if strict:
                raise
            return encode(to_plain(value))
    except NotPortableError as error:
        raise NotPortableError(f"{what} {error.path}", error.message.partition(": ")[2], error.remedy) from error


def _refuse_to_block(progress: Any) -> None:
    raise BridgeError(
        "report() would block the event loop that this coroutine runs on.",
        "Write: await current_invocation().report_async(…)",
    )


def _code_of(error: BaseException) -> str:
    # That a call of another agent failed is the calling agent's own failure, whatever the reason was.
    if isinstance(error, BridgeError) and not isinstance(error, RemoteAgentError) and error.code in _OWN_CODES:
        return error.code
    return "EXCEPTION"


def _failure(call: _Call, code: str, error: BaseException) -> dict[str, Any]:
    told = getattr(error, "described", None) or describe_error(error)
    remedy = error.remedy if isinstance(error, BridgeError) else ""
    if code in ("CANCELLED", "DEADLINE"):
        told = {"type": "", "message": f"The invocation was stopped: {call.invocation._cancelled}", "traceback": ""}
    elif isinstance(error, BridgeError) and code != "EXCEPTION":
        told = {**told, "message": error.message, "traceback": ""}
    return {"call": call.call, "code": code, **told, "remedy": remedy}
