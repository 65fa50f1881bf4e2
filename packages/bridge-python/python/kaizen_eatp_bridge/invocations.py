"""The invocations of one worker that are under way: each is begun, checked, run, reported on, and ended once."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Mapping
from typing import Any

from .adapters import Agent
from .calls import OutgoingCalls
from .carrier import LoopCarrier
from .connection import Link
from .context import Invocation
from .errors import BridgeError, InvocationCancelledError
from .frames import FAIL, PROGRESS, RESULT, USAGE
from .incoming import Call, Verifier, check_size, failure_of, is_being_cancelled, read_invocation
from .running import AgentRunner, Processes
from .session import Session
from .usage import from_any_thread

# An agent that has its answer at once needs no turn of the event loop of its own.
_EAGER: dict[str, Any] = {"eager_start": True} if sys.version_info >= (3, 12) else {}


class Invocations:
    """Everything here but `runner.close` belongs to the event loop of the link.

    Args:
        agents: What is served, by name.
        verifier: Judges each invocation; None accepts all.
        threads: How many blocking agents run at a time.
        processes: Runs blocking agents instead of threads, if given.

    Attributes:
        agent_ids: The ids of the agents in their trust chains, by name, as the bridge welcomed them.
        idle: Set while none is under way.
    """

    def __init__(
        self,
        link: Link,
        outgoing: OutgoingCalls,
        agents: Mapping[str, Agent],
        verifier: Verifier | None,
        threads: int,
        processes: Processes | None,
    ) -> None:
        self.agent_ids: dict[str, str] = {}
        self.idle = asyncio.Event()
        self.idle.set()
        self.carrier = LoopCarrier(outgoing, self._is_under_way)
        self._link = link
        self._outgoing = outgoing
        self._agents = agents
        self._verifier = verifier
        self._runner = AgentRunner(threads, processes, self._report)
        self._calls: dict[int, Call] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def __contains__(self, number: int) -> bool:
        return number in self._calls

    def cancel(self, number: int, reason: str) -> None:
        """The bridge no longer waits for one."""
        call = self._calls.get(number)
        if call is not None:
            self._stop(call, "CANCELLED", reason)

    def stop_all(self, reason: str) -> None:
        """Cancels all that are under way; each ends by itself."""
        for call in list(self._calls.values()):
            self._stop(call, "CANCELLED", reason)

    def forget_all(self, reason: str) -> None:
        """Cancels all that are under way, and forgets them: their session is lost."""
        self.stop_all(reason)
        self._calls.clear()
        self.idle.set()

    async def ends(self, seconds: float) -> None:
        """Waits until all that are under way now have ended, but no longer than this."""
        tasks = [call.task for call in self._calls.values() if call.task]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def close(self, reason: str) -> None:
        """Ends everything, and closes the agents."""
        self.stop_all(reason)
        await self.carrier.close(reason)
        await self._runner.close(self._agents.values())

    def begin(self, body: dict[str, Any]) -> None:
        """Begins the invocation that an INVOKE frame asks for."""
        loop = asyncio.get_running_loop()
        number: int = body["call"]
        invocation = read_invocation(body)
        invocation._carrier = self.carrier
        call = self._calls[number] = Call(number, invocation)
        self.idle.clear()
        deadline_ms = body.get("deadline_ms")
        if deadline_ms is not None:
            call.timer = loop.call_later(deadline_ms / 1000, self._stop, call, "DEADLINE", "its deadline passed")
        call.task = asyncio.Task(self._serve(call, body, self._link.session), loop=loop, **_EAGER)

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
        if self._link.session is session:
            self._outgoing.stop_within(call.call, "it is over")
            output = fields.get("output", b"")
            # While its end waits for room, it keeps its place: a bridge that reads nothing could have any number of them kept.
            if not self._link.send(kind, fields, len(output), functools.partial(self._end, call)):
                return
        self._end(call)
        if not self._calls:
            # Nothing is about to end that could go along.
            self._link.flush()

    def _is_under_way(self, invocation: Invocation) -> bool:
        call = self._calls.get(invocation.call)
        return call is not None and call.invocation is invocation and invocation._cancelled is None

    def _end(self, call: Call) -> None:
        if self._calls.get(call.call) is call:
            del self._calls[call.call]
            if not self._calls:
                self.idle.set()

    async def _run(self, call: Call, body: dict[str, Any], session: Session) -> dict[str, Any]:
        invocation = call.invocation
        agent = self._agents.get(invocation.agent)
        if agent is None:
            raise BridgeError(f"There is no agent {invocation.agent!r} here.", code="NOT_FOUND")
        payload: bytes = body["input"]
        if self._verifier is not None:
            agent_id = self.agent_ids.get(invocation.agent, "")
            audience = f"{session.id.hex()}/{call.call}"
            invocation.facts = await self._verifier.check(agent_id, body.get("proof"), payload, audience)
        invocation._count = from_any_thread(functools.partial(self._send_usage, invocation))
        output = await self._runner.run(agent, invocation, payload)
        check_size(output, self._link.terms.max_message if self._link.terms else 0)
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

        if not self._link.send(PROGRESS, {"call": call.call, "value": data}, len(data), on_admitted):
            await admitted

    def _send_usage(self, invocation: Invocation, tokens: float, cost: float) -> None:
        if self._is_under_way(invocation):
            self._link.send(USAGE, {"call": invocation.call, "tokens": tokens, "cost": cost})

    def _stop(self, call: Call, code: str, reason: str) -> None:
        if call.invocation._cancelled is None and call.task is not None:
            call.code = code
            call.invocation._cancelled = reason
            self._outgoing.stop_within(call.call, reason)
            # A task that is cancelled before it has begun does nothing at all, and the call would never end.
            if call.is_begun:
                call.task.cancel()
