"""One invocation that a process carries out, and the conversation with that process until it ends."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection

from .context import Invocation
from .errors import BridgeError, RemoteAgentError
from .process_child import CALL, ERROR, HEARD, OUTPUT, PROGRESS, USAGE


@dataclass
class Job:
    """An invocation, and who waits for it."""

    invocation: Invocation
    request: bytes
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[bytes]
    # Set by the keeper that starts it, or by the caller that gives up.
    is_taken: bool = False
    is_given_up: bool = False
    kill: Callable[[], None] | None = None


def settle(job: Job, outcome: bytes | BaseException) -> None:
    """Gives the caller the outcome."""

    def end() -> None:
        if job.future.done():
            return
        if isinstance(outcome, BaseException):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome)

    with contextlib.suppress(RuntimeError):  # the loop has ended, and no caller waits
        job.loop.call_soon_threadsafe(end)


def converse(job: Job, connection: Connection, until: tuple[bytes, ...]) -> tuple[bytes, bytes]:
    """Does what a process asks for, until it says one of some things."""
    while True:
        message = connection.recv_bytes()
        kind, body = message[:1], message[1:]
        if kind in until:
            return kind, body
        if kind == CALL:
            connection.send_bytes(_call_for(job, connection, body))
        elif kind == USAGE:
            connection.send_bytes(b"" if _count(job, body) else b"stop")
        else:
            connection.send_bytes(b"" if _report(job, body) else b"stop")


def _call_for(job: Job, connection: Connection, body: bytes) -> bytes:
    """Calls an agent behind the bridge for a process."""
    fields, wants_progress = pickle.loads(body)  # from our own process
    carrier = job.invocation._carrier

    def on_progress(value: bytes) -> None:
        connection.send_bytes(PROGRESS + value)
        converse(job, connection, (HEARD,))

    try:
        if carrier is None:
            raise BridgeError("The invocation came over no bridge.")
        return OUTPUT + carrier.call_blocking(fields, job.invocation, on_progress if wants_progress else None)
    except RemoteAgentError as error:
        more = {"code": error.code, "type": error.type, "traceback": error.traceback}
        return ERROR + pickle.dumps((error.message, error.remedy, more))
    except BridgeError as error:
        return ERROR + pickle.dumps((error.message, error.remedy, None))


def _report(job: Job, body: bytes) -> bool:
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


def _count(job: Job, body: bytes) -> bool:
    """Passes usage on. False if the invocation is over."""
    count = job.invocation._count
    if count is None:
        return False
    count(*pickle.loads(body))  # from our own process
    return True


def request_for(invocation: Invocation, payload: bytes) -> bytes:
    """The message that asks a process for an invocation."""
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
