"""A process that runs agents, seen from within: it answers the requests of its keeper, and passes its agents' calls on."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

from .adapters import Agent
from .carrier import told_on
from .context import Facts, Invocation, enter
from .errors import BridgeError, InvocationCancelledError, RemoteAgentError, StartError
from .exits import end_if_forked
from .farewell import close_agents
from .loading import load_agent
from .payloads import decode_input, encode_value
from .scrub import describe_error
from .specs import AgentSpec

READY, OUTPUT, PROGRESS, ERROR, CALL, HEARD, USAGE = b"R", b"O", b"P", b"E", b"C", b"H", b"U"
"""The first bytes of the messages between a process and its keeper.

A process calls an agent behind the bridge with CALL. The keeper sends PROGRESS, which the process answers with HEARD,
until it sends OUTPUT or ERROR.
"""


def serve(connection: Connection, specs: list[AgentSpec], path: list[str]) -> None:
    """Loads agents, and answers one request after the other until the keeper closes the connection."""
    # Ctrl-C reaches the whole group; the parent decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.path[:] = path
    # One event loop for all its life, on the main thread: what an agent keeps from one call to the next belongs to it.
    with asyncio.Runner() as runner:
        try:
            agents = {spec.name: load_agent(spec, runner.run) for spec in specs}
        except StartError as error:
            connection.send_bytes(error_message(error))
            return
        connection.send_bytes(READY)
        own = os.getpid()
        while True:
            try:
                told, payload = pickle.loads(connection.recv_bytes())  # from our own parent
            except EOFError:
                break
            answer = _answer(connection, agents, told, payload, runner)
            end_if_forked(own)
            connection.send_bytes(answer)
        runner.run(close_agents(agents.values()))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _answer(
    connection: Connection, agents: dict[str, Agent], told: dict[str, Any], payload: bytes, runner: asyncio.Runner
) -> bytes:
    facts = Facts(**told.pop("facts"))
    invocation = Invocation(**told, facts=facts)

    agent = agents[invocation.agent]
    carrier = _ChildCarrier(connection)

    def tell(message: bytes) -> None:
        with carrier.turn():
            connection.send_bytes(message)
            is_unwanted = connection.recv_bytes()
        if is_unwanted:
            invocation._cancelled = "nobody waits any more"
            invocation.raise_if_cancelled()

    def report(progress: Any) -> None:
        tell(PROGRESS + encode_value(progress, "progress", strict=agent.is_strict))

    invocation._report = report
    invocation._count = lambda tokens, cost: tell(USAGE + pickle.dumps((tokens, cost)))
    invocation._carrier = carrier
    try:
        enter(invocation)
        output = agent.call_blocking(decode_input(payload), runner.run)
        return OUTPUT + encode_value(output, "output", strict=agent.is_strict)
    except BaseException as error:
        return error_message(error)
    finally:
        carrier.close()


class _ChildCarrier:
    """Carries calls of the bridge's agents to the keeper, one after the other, while the invocation lasts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_over = False
        # A listener can report progress in the middle of a call, in the same thread.
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """The right to talk to the keeper."""
        with self._lock:
            if self._is_over:
                raise InvocationCancelledError("The invocation is over.")
            yield

    def close(self) -> None:
        """Messages of a thread that is left would be taken for the next invocation's."""
        with self._lock:
            self._is_over = True

    def call_blocking(
        self, fields: dict[str, Any], invocation: Invocation | None, on_progress: Callable[[bytes], None] | None
    ) -> bytes:
        with self.turn():
            self._connection.send_bytes(CALL + pickle.dumps((fields, on_progress is not None)))
            while True:
                message = self._connection.recv_bytes()
                kind, body = message[:1], message[1:]
                if kind == OUTPUT:
                    return body
                if kind == ERROR:
                    told, remedy, more = pickle.loads(body)
                    raise RemoteAgentError(told, remedy, **more) if more else InvocationCancelledError(told, remedy)
                if on_progress is not None:
                    on_progress(body)
                self._connection.send_bytes(HEARD)

    async def call_async(
        self, fields: dict[str, Any], invocation: Invocation | None, on_progress: Callable[[bytes], None] | None
    ) -> bytes:
        tell = None if on_progress is None else told_on(asyncio.get_running_loop(), on_progress)
        return await asyncio.to_thread(self.call_blocking, fields, invocation, tell)


def error_message(error: BaseException) -> bytes:
    """The message for an exception; it is described here, since not every exception can be pickled."""
    # A call of another agent that failed is this agent's own failure.
    is_ours = isinstance(error, BridgeError) and not isinstance(error, RemoteAgentError)
    code = error.code if isinstance(error, BridgeError) and is_ours else "EXCEPTION"
    remedy = error.remedy if isinstance(error, BridgeError) else ""
    return ERROR + pickle.dumps((describe_error(error), code, remedy))
