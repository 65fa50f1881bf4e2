"""Blocking agents in processes of their own, which can be killed.

Each process loads the agents' modules itself; only bytes go in and out. A process that is cancelled, or that dies, is
replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any

from .adapters import Agent
from .carrier import told_on
from .context import Facts, Invocation, enter
from .errors import BridgeError, InvocationCancelledError, RemoteAgentError, StartError, WorkerProcessError
from .exits import end_if_forked
from .farewell import close_agents
from .loading import AgentSpec, load_agent
from .scrub import describe_error

log = logging.getLogger("kaizen_eatp_bridge")

# What a process and its keeper say, as the first byte of their messages. A process calls an agent behind the bridge with
# CALL, and is told PROGRESS, which it answers with HEARD, until OUTPUT or ERROR comes.
_READY, _OUTPUT, _PROGRESS, _ERROR, _CALL, _HEARD = b"R", b"O", b"P", b"E", b"C", b"H"

# How long an idle process has at the end to close its agents, in seconds.
_FAREWELL = 5.0


@dataclass
class _Job:
    invocation: Invocation
    request: bytes
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[bytes]
    # Set by whoever comes first: the keeper that starts it, or the caller that gives up.
    is_taken: bool = False
    is_given_up: bool = False
    kill: Callable[[], None] | None = None


class _RemoteError(BridgeError):
    """An error that a process reported; it is described there, since not every exception can be pickled."""

    def __init__(self, described: dict[str, str], code: str, remedy: str) -> None:
        super().__init__(described["message"], remedy, code=code)
        self.described = described


class ProcessPool:
    """A fixed number of processes that run agents.

    Args:
        specs: The agents that each process loads.
        count: How many processes.
    """

    def __init__(self, specs: Sequence[AgentSpec], count: int) -> None:
        self._specs = list(specs)
        self._names = frozenset(spec.name for spec in specs)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._is_closed = False
        self._running: set[multiprocessing.process.BaseProcess] = set()
        self._idle: set[multiprocessing.process.BaseProcess] = set()
        # A thread for each process waits for it, so that killing one disturbs no other.
        self._keepers = [
            threading.Thread(target=self._keep, name=f"keeper-{i}", daemon=True) for i in range(count)
        ]
        for keeper in self._keepers:
            keeper.start()

    async def run(self, invocation: Invocation, payload: bytes) -> bytes:
        """Runs an agent on an input's bytes and returns its output's bytes. If cancelled, the process is killed."""
        loop = asyncio.get_running_loop()
        job = _Job(invocation, _request(invocation, payload), loop, loop.create_future())
        self._jobs.put(job)
        try:
            return await job.future
        except asyncio.CancelledError:
            with self._lock:
                job.is_given_up = True
                if job.kill is not None:
                    job.kill()
            raise

    def serves(self, name: str) -> bool:
        """Whether an agent runs in these processes."""
        return name in self._names

    def close(self) -> None:
        """Ends the processes: those that are idle close their agents first, the others are killed."""
        with self._lock:
            self._is_closed = True
            for process in self._running - self._idle:
                process.kill()
        for _ in self._keepers:
            self._jobs.put(None)
        for keeper in self._keepers:
            keeper.join(_FAREWELL + 2)

    def _keep(self) -> None:
        """Keeps one process: starts it, gives it one job after the other, replaces it."""
        child: _Child | None = None
        while True:
            job = self._jobs.get()
            if job is None:
                break
            with self._lock:
                if job.is_given_up or self._is_closed:
                    continue
            if child is None or not child.process.is_alive():
                child = self._start(job)
                if child is None:
                    continue
            with self._lock:
                if job.is_given_up:
                    continue
                job.kill = child.process.kill
                self._idle.discard(child.process)
            self._do(job, child)
            with self._lock:
                job.kill = None
                self._idle.add(child.process)
                is_over = job.is_given_up or not child.is_usable
            if is_over:
                self._discard(child)
                child = None
        if child is not None:
            # It takes the end of the connection as the sign to close its agents, and to leave.
            child.connection.close()
            child.process.join(_FAREWELL)
            self._discard(child)

    def _start(self, job: _Job) -> _Child | None:
        try:
            child = _Child(self._specs)
            with self._lock:
                self._running.add(child.process)
                if self._is_closed:
                    child.process.kill()
            child.wait_until_ready()
            return child
        except BridgeError as error:
            _settle(job, error)
        except Exception as error:
            _settle(job, WorkerProcessError(f"No process could be started for the agent: {error}"))
        return None

    def _do(self, job: _Job, child: _Child) -> None:
        try:
            child.connection.send_bytes(job.request)
            kind, body = _converse(job, child.connection, (_OUTPUT, _ERROR))
            # Pickled by our own process, of plain texts.
            _settle(job, body if kind == _OUTPUT else _RemoteError(*pickle.loads(body)))
        except (EOFError, OSError):
            child.is_usable = False
            child.process.join(1)
            _settle(
                job,
                WorkerProcessError(
                    f"The process that ran the agent ended ({_how_it_ended(child.process.exitcode)}).",
                    "Look into its output; the next invocation gets a new process.",
                ),
            )

    def _discard(self, child: _Child) -> None:
        with self._lock:
            self._running.discard(child.process)
            self._idle.discard(child.process)
        child.process.kill()
        child.connection.close()
        child.process.join()


def _settle(job: _Job, outcome: bytes | BaseException) -> None:
    def settle() -> None:
        if job.future.done():
            return
        if isinstance(outcome, BaseException):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome)

    with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
        job.loop.call_soon_threadsafe(settle)


def _converse(job: _Job, connection: Connection, until: tuple[bytes, ...]) -> tuple[bytes, bytes]:
    """Does what a process asks for, until it says one of some things."""
    while True:
        message = connection.recv_bytes()
        kind, body = message[:1], message[1:]
        if kind in until:
            return kind, body
        if kind == _CALL:
            connection.send_bytes(_call_for(job, connection, body))
        else:
            connection.send_bytes(b"" if _report(job, body) else b"stop")


def _call_for(job: _Job, connection: Connection, body: bytes) -> bytes:
    """Calls an agent behind the bridge for a process."""
    fields, wants_progress = pickle.loads(body)  # from our own process
    carrier = job.invocation._carrier

    def on_progress(value: bytes) -> None:
        connection.send_bytes(_PROGRESS + value)
        _converse(job, connection, (_HEARD,))

    try:
        if carrier is None:
            raise BridgeError("The invocation came over no bridge.")
        return _OUTPUT + carrier.call_blocking(fields, job.invocation, on_progress if wants_progress else None)
    except RemoteAgentError as error:
        more = {"code": error.code, "type": error.type, "traceback": error.traceback}
        return _ERROR + pickle.dumps((error.message, error.remedy, more))
    except BridgeError as error:
        return _ERROR + pickle.dumps((error.message, error.remedy, None))


def _report(job: _Job, body: bytes) -> bool:
    """Passes progress on, and waits until the bridge has room for it. False if nobody wants any more."""
    send = job.invocation._report_async
    if send is None:
        return True

    async def report() -> None:
        await send(body)

    try:
        asyncio.run_coroutine_threadsafe(report(), job.loop).result()
        return True
    except Exception:
        return False


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def _request(invocation: Invocation, payload: bytes) -> bytes:
    told = {
        "agent": invocation.agent,
        "call": invocation.call,
        "facts": asdict(invocation.facts),
        "traceparent": invocation.traceparent,
        "tracestate": invocation.tracestate,
        "deadline": invocation.deadline,
    }
    return pickle.dumps((told, payload), protocol=pickle.HIGHEST_PROTOCOL)


class _Child:
    """One process and the way to talk to it."""

    def __init__(self, specs: list[AgentSpec]) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.is_usable = True
        self.process = context.Process(target=_serve, args=(theirs, specs, sys.path), daemon=True)
        self.process.start()
        theirs.close()

    def wait_until_ready(self) -> None:
        try:
            message = self.connection.recv_bytes()
        except EOFError:
            self.process.join(1)
            raise WorkerProcessError(
                f"A process for the agents ended at its start ({_how_it_ended(self.process.exitcode)})."
            ) from None
        if message[:1] == _ERROR:
            raise _RemoteError(*pickle.loads(message[1:]))


# --- in the process ------------------------------------------------------------------------------------------------


def _serve(connection: Connection, specs: list[AgentSpec], path: list[str]) -> None:
    """What a process does for all its life."""
    # Ctrl-C reaches the whole group; the parent decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.path[:] = path
    # One event loop for all its life, on the main thread: what an agent keeps from one call to the next belongs to it.
    with asyncio.Runner() as runner:
        try:
            agents = {spec.name: load_agent(spec, runner.run) for spec in specs}
        except StartError as error:
            connection.send_bytes(_error(error))
            return
        connection.send_bytes(_READY)
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
    from .worker import decode_input, encode_value

    facts = Facts(**told.pop("facts"))
    invocation = Invocation(**told, facts=facts)

    agent = agents[invocation.agent]
    carrier = _ChildCarrier(connection)

    def report(progress: Any) -> None:
        data = encode_value(progress, "progress", strict=agent.is_strict)
        with carrier.turn():
            connection.send_bytes(_PROGRESS + data)
            is_unwanted = connection.recv_bytes()
        if is_unwanted:
            invocation._cancelled = "nobody waits any more"
            invocation.raise_if_cancelled()

    invocation._report = report
    invocation._carrier = carrier
    try:
        enter(invocation)
        output = agent.call_blocking(decode_input(payload), runner.run)
        return _OUTPUT + encode_value(output, "output", strict=agent.is_strict)
    except BaseException as error:
        return _error(error)
    finally:
        carrier.close()


class _ChildCarrier:
    """Carries calls of the bridge's agents to the keeper, one after the other, while the invocation lasts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_over = False
        # Progress may be reported while it is told, by the same thread.
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """The right to talk to the keeper."""
        with self._lock:
            if self._is_over:
                raise InvocationCancelledError("The invocation is over.")
            yield

    def close(self) -> None:
        """What a thread left behind has to say would be taken for the next invocation's."""
        with self._lock:
            self._is_over = True

    def call_blocking(
        self, fields: dict[str, Any], invocation: Invocation | None, on_progress: Callable[[bytes], None] | None
    ) -> bytes:
        with self.turn():
            self._connection.send_bytes(_CALL + pickle.dumps((fields, on_progress is not None)))
            while True:
                message = self._connection.recv_bytes()
                kind, body = message[:1], message[1:]
                if kind == _OUTPUT:
                    return body
                if kind == _ERROR:
                    told, remedy, more = pickle.loads(body)
                    raise RemoteAgentError(told, remedy, **more) if more else InvocationCancelledError(told, remedy)
                if on_progress is not None:
                    on_progress(body)
                self._connection.send_bytes(_HEARD)

    async def call_async(
        self, fields: dict[str, Any], invocation: Invocation | None, on_progress: Callable[[bytes], None] | None
    ) -> bytes:
        tell = None if on_progress is None else told_on(asyncio.get_running_loop(), on_progress)
        return await asyncio.to_thread(self.call_blocking, fields, invocation, tell)


def _error(error: BaseException) -> bytes:
    # A call of another agent that failed is this agent's own failure.
    is_ours = isinstance(error, BridgeError) and not isinstance(error, RemoteAgentError)
    code = error.code if isinstance(error, BridgeError) and is_ours else "EXCEPTION"
    remedy = error.remedy if isinstance(error, BridgeError) else ""
    return _ERROR + pickle.dumps((describe_error(error), code, remedy))
