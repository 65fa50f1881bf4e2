"""Agents that end their own process in every way that there is."""

import ctypes
import os
import signal
import sys
import threading
import time


def echo(value: object) -> object:
    return value


def wait(seconds: float) -> str:
    time.sleep(seconds)
    return "done"


def pid(_: object) -> int:
    return os.getpid()


def leave(code: int) -> None:
    """Not through os._exit(), which a worker survives."""
    ctypes.CDLL(None)._exit(code)


def raise_signal(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def leave_from_thread(code: int) -> str:
    threading.Thread(target=sys.modules["os"]._exit, args=(code,)).start()
    time.sleep(60)
    return "not reached"
