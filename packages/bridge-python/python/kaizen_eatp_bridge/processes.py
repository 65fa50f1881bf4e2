"""Blocking agents in processes of their own, which can be killed.

Each process loads the agents' modules itself; only bytes go in and out. A process that is cancelled, or that dies, is
replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection

from .context import Invocation
from .errors import BridgeError, RemoteAgentError, WorkerProcessError
from .process_child import CALL, ERROR, HEARD, OUTPUT, PROGRESS, serve
from .specs import AgentSpec

# How long an idle process has at the end to close its agents, in seconds.
_FAREWELL = 5.0


@dataclass
class _Job:
    invocation: Invocation
    request: bytes
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[bytes]
    # Set by the keeper that starts it, or by the caller that gives up.
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
            kind, body = _converse(job, child.connection, (OUTPUT, ERROR))
            # Pickled by our own process, of plain strings.
            _settle(job, body if kind == OUTPUT else _RemoteError(*pickle.loads(body)))
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

    with contextlib.suppress(RuntimeError):  # the loop has ended, and no caller waits
        job.loop.call_soon_threadsafe(settle)


def _converse(job: _Job, connection: Connection, until: tuple[bytes, ...]) -> tuple[bytes, bytes]:
    """Does what a process asks for, until it says one of some things."""
    while True:
        message = connection.recv_bytes()
        kind, body = message[:1], message[1:]
        if kind in until:
            return kind, body
        if kind == CALL:
            connection.send_bytes(_call_for(job, connection, body))
        else:
            connection.send_bytes(b"" if _report(job, body) else b"stop")


def _call_for(job: _Job, connection: Connection, body: bytes) -> bytes:
    """Calls an agent behind the bridge for a process."""
    fields, wants_progress = pickle.loads(body)  # from our own process
    carrier = job.invocation._carrier

    def on_progress(value: bytes) -> None:
        connection.send_bytes(PROGRESS + value)
        _converse(job, connection, (HEARD,))

    try:
        if carrier is None:
            raise BridgeError("The invocation came over no bridge.")
        return OUTPUT + carrier.call_blocking(fields, job.invocation, on_progress if wants_progress else None)
    except RemoteAgentError as error:
        more = {"code": error.code, "type": error.type, "traceback": error.traceback}
        return ERROR + pickle.dumps((error.message, error.remedy, more))
    except BridgeError as error:
        return ERROR + pickle.dumps((error.message, error.remedy, None))


def _report(job: _Job, body: bytes) -> bool:
    """Passes progress on, and waits until the bridge has room for it. False if the caller has given up."""
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
        "attempt": invocation.attempt,
        "_idempotency_key": invocation._idempotency_key,
    }
    return pickle.dumps((told, payload), protocol=pickle.HIGHEST_PROTOCOL)


class _Child:
    """One process and the way to talk to it."""

    def __init__(self, specs: list[AgentSpec]) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.is_usable = True
        self.process = context.Process(target=serve, args=(theirs, specs, sys.path), daemon=True)
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
        if message[:1] == ERROR:
            raise _RemoteError(*pickle.loads(message[1:]))
