"""Runs agents for a worker: on its event loop or on one of the agent's own, in threads, or in processes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from .adapters import Agent
from .context import Invocation, enter
from .errors import BridgeError
from .exits import end_if_forked
from .farewell import close_agents
from .payloads import decode_aside, decode_input, encode_aside, encode_value

Report = Callable[[Invocation, bytes], Awaitable[None]]


class Processes(Protocol):
    """Runs blocking agents in processes of their own."""

    def serves(self, name: str) -> bool:
        """Whether an agent runs there."""

    async def run(self, invocation: Invocation, payload: bytes) -> bytes:
        """The output's bytes."""

    def close(self) -> None:
        """Ends the processes."""


class AgentRunner:
    """Runs agents on inputs.

    Args:
        threads: How many blocking agents run at a time.
        processes: Runs blocking agents instead of threads, if given.
        report: Sends progress of an invocation; it is called on the event loop of the connection.
    """

    def __init__(self, threads: int, processes: Processes | None, report: Report) -> None:
        self._threads = concurrent.futures.ThreadPoolExecutor(threads, thread_name_prefix="agent")
        # For large values of agents that run on the event loop.
        self._codec = concurrent.futures.ThreadPoolExecutor(2, thread_name_prefix="values")
        self._processes = processes
        self._send = report

    async def run(self, agent: Agent, invocation: Invocation, payload: bytes) -> bytes:
        """Runs an agent on an input's bytes and returns its output's bytes."""
        if agent.is_async:
            return await self._run_on_loop(agent, invocation, payload)
        if self._processes is not None and self._processes.serves(invocation.agent):
            invocation._report_async = lambda progress: self._send(invocation, progress)
            return await self._processes.run(invocation, payload)
        return await self._run_in_thread(agent, invocation, payload)

    async def close(self, agents: Iterable[Agent]) -> None:
        """Ends the processes, and closes the agents. A thread that hangs is left."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._codec.shutdown(wait=False, cancel_futures=True)
        if self._processes is not None:
            await asyncio.to_thread(self._processes.close)
        await close_agents(agents)

    async def _run_on_loop(self, agent: Agent, invocation: Invocation, payload: bytes) -> bytes:
        strict = agent.is_strict
        if agent.own_loop is None:
            invocation._report = _refuse_to_block
            invocation._report_async = lambda progress: self._report_from_loop(invocation, progress, strict)
        else:
            self._let_report(invocation, strict)
        enter(invocation)
        pid = os.getpid()
        try:
            output = await agent.invoke(await decode_aside(payload, self._codec))
        finally:
            end_if_forked(pid)
        return await encode_aside(output, "output", self._codec, strict=strict)

    async def _report_from_loop(self, invocation: Invocation, progress: Any, strict: bool) -> None:
        await self._send(invocation, await encode_aside(progress, "progress", self._codec, strict=strict))

    async def _run_in_thread(self, agent: Agent, invocation: Invocation, payload: bytes) -> bytes:
        self._let_report(invocation, agent.is_strict)
        pid = os.getpid()

        def work() -> bytes:
            enter(invocation)
            try:
                return encode_value(agent.call_blocking(decode_input(payload)), "output", strict=agent.is_strict)
            finally:
                end_if_forked(pid)

        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)

    def _let_report(self, invocation: Invocation, strict: bool) -> None:
        """Gives an invocation that runs elsewhere the two ways to report: from a thread, and from another event loop."""
        loop = asyncio.get_running_loop()

        def send(progress: Any) -> concurrent.futures.Future[None]:
            data = encode_value(progress, "progress", strict=strict)
            return asyncio.run_coroutine_threadsafe(self._sent(invocation, data), loop)

        async def report_async(progress: Any) -> None:
            await asyncio.wrap_future(send(progress))

        invocation._report = lambda progress: send(progress).result()
        invocation._report_async = report_async

    async def _sent(self, invocation: Invocation, data: bytes) -> None:
        await self._send(invocation, data)


def _refuse_to_block(progress: Any) -> None:
    raise BridgeError(
        "report() would block the event loop that this coroutine runs on.",
        "Write: await current_invocation().report_async(…)",
    )
