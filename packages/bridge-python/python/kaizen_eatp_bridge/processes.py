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
from collections.abc import Sequence

from .context import Invocation
from .errors import BridgeError, WorkerProcessError
from .process_child import ERROR, OUTPUT, serve
from .process_jobs import Job, converse, request_for, settle
from .specs import AgentSpec

# How long an idle process has at the end to close its agents, in seconds.
_FAREWELL = 5.0


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
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
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
        job = Job(invocation, request_for(invocation, payload), loop, loop.create_future())
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

    def _start(self, job: Job) -> _Child | None:
        try:
            child = _Child(self._specs)
            with self._lock:
                self._running.add(child.process)
                if self._is_closed:
                    child.process.kill()
            child.wait_until_ready()
            return child
        except BridgeError as error:
            settle(job, error)
        except Exception as error:
            settle(job, WorkerProcessError(f"No process could be started for the agent: {error}"))
        return None

    def _do(self, job: Job, child: _Child) -> None:
        try:
            child.connection.send_bytes(job.request)
            kind, body = converse(job, child.connection, (OUTPUT, ERROR))
            # Pickled by our own process, of plain strings.
            settle(job, body if kind == OUTPUT else _RemoteError(*pickle.loads(body)))
        except (EOFError, OSError):
            child.is_usable = False
            child.process.join(1)
            settle(
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


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


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
