"""Keeps a worker running: `join` starts it as a child process, and starts it again when it ends by itself."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from .exits import exit_now
from .log_output import say

FIRST_PAUSE, LONGEST_PAUSE, STEADY = 0.2, 30.0, 60.0
JOINED, STOPPING = b"J", b"S"
# The worker's own word that trying again is of no use: the command is wrong, or the bridge refuses it.
_HOPELESS = (2, 3)


def is_possible() -> bool:
    """Whether this system has what it takes: a pipe that a child process keeps."""
    return os.name == "posix"


def keep_running(arguments: Sequence[str], restarts: int) -> int:
    """Runs `join` in a child process until it stops in good order, or cannot be helped.

    Args:
        arguments: Those of the command.
        restarts: How often it is started again before it is given up; counted again when it stayed a minute.

    Returns:
        The exit code.
    """
    child: subprocess.Popen[bytes] | None = None
    asked: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        asked.append(number)
        if child is not None and child.poll() is None:
            child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    left = restarts
    pause = FIRST_PAUSE
    while True:
        child, status = _start(arguments)
        if asked:
            child.send_signal(asked[-1])
        since = time.monotonic()
        told = _told_until_end(child, status)
        code = child.returncode
        if STOPPING in told or asked:
            return code if code >= 0 else 0
        if JOINED not in told and code in _HOPELESS:
            return code
        if time.monotonic() - since > STEADY:
            left, pause = restarts, FIRST_PAUSE
        how = _how_it_ended(code)
        if left <= 0:
            say(f"the worker {how} and is given up after {restarts} restarts")
            return code if code > 0 else 1
        left -= 1
        say(f"the worker {how}; it is started again in {pause:g} s")
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
        if asked:
            return 0


def _start(arguments: Sequence[str]) -> tuple[subprocess.Popen[bytes], int]:
    ours, theirs = os.pipe()
    life, held = os.pipe()
    command = [sys.executable, "-m", "kaizen_eatp_bridge", *arguments, "--supervised", f"{theirs},{life},{os.getpid()}"]
    # Its own process group: Ctrl-C in a terminal reaches this process alone, which passes it on.
    child = subprocess.Popen(command, pass_fds=(theirs, life), process_group=0, stdin=subprocess.DEVNULL)
    os.close(theirs)
    os.close(life)
    _held.append(held)
    return child, ours


_held: list[int] = []
"""The ends of the pipes by which a worker notices that this process is gone."""


def _told_until_end(child: subprocess.Popen[bytes], status: int) -> bytes:
    """Collects the bytes that the worker wrote to its status pipe until it ended."""
    told = b""
    is_open = True
    while child.poll() is None:
        if is_open and select.select([status], [], [], 0.05)[0]:
            data = os.read(status, 16)
            told, is_open = told + data, bool(data)
        elif not is_open:
            time.sleep(0.02)
    while is_open and select.select([status], [], [], 0)[0]:
        data = os.read(status, 16)
        told, is_open = told + data, bool(data)
    os.close(status)
    os.close(_held.pop())
    return told


def _how_it_ended(code: int) -> str:
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"ended with code {code}"


class Supervised:
    """The worker's side of it.

    Args:
        descriptors: The two pipes and the process id of the watching process, as `--supervised` names them. None: there
            is none.
    """

    def __init__(self, descriptors: str | None) -> None:
        self._status: int | None = None
        self._life: int | None = None
        if descriptors is not None:
            self._status, self._life, parent = (int(part) for part in descriptors.split(","))
            for descriptor in (self._status, self._life):
                os.set_inheritable(descriptor, False)
            _die_with_parent(parent)

    def tell(self, what: bytes) -> None:
        """Says that it joined, or that it stops because it was asked to."""
        if self._status is not None:
            try:
                os.write(self._status, what)
            except OSError:
                pass

    def watch(self, on_alone: Callable[[], None]) -> None:
        """Calls a function, in another thread, when the process that watches is gone."""
        if self._life is None:
            return
        life = self._life

        def wait() -> None:
            while os.read(life, 16):
                pass
            on_alone()

        threading.Thread(target=wait, name="parent", daemon=True).start()


def _die_with_parent(parent: int) -> None:
    """On Linux the kernel ends a worker whose supervisor is killed; elsewhere the pipe tells."""
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    except (OSError, AttributeError):
        return
    if os.getppid() != parent:  # it was killed before
        exit_now(1)
