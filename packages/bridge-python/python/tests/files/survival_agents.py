"""Agents that end, fork or crash the process they run in."""

import asyncio
import atexit
import os
import signal
import sys
import threading
import time


def echo(value):
    return value


def slow(path):
    while not os.path.exists(path):
        time.sleep(0.01)
    return "done"


def exit_hard(code):
    os._exit(code)


async def exit_hard_async(code):
    os._exit(code)


def exit_soft(code):
    sys.exit(code)


async def exit_soft_async(code):
    sys.exit(code)


def interrupt(kind):
    raise KeyboardInterrupt


async def interrupt_async(kind):
    raise KeyboardInterrupt


async def interrupt_in_task(kind):
    async def inner():
        raise KeyboardInterrupt

    task = asyncio.get_running_loop().create_task(inner())
    await asyncio.sleep(0.01)
    return repr(task.exception())


def exit_in_thread(code):
    """Not in the course of the call, as far as Python can tell: it ends the worker."""
    threading.Thread(target=os._exit, args=(code,)).start()
    time.sleep(30)


def crash(number):
    os.kill(os.getpid(), number)
    time.sleep(30)


def fork(path):
    """The fork returns from the agent, too."""
    pid = os.fork()
    if pid == 0:
        return "fork"
    os.waitpid(pid, 0)
    return "parent"


async def fork_async(path):
    pid = os.fork()
    if pid == 0:
        await asyncio.sleep(0)
        open(path, "w").write("the fork went on")
        return "fork"
    await asyncio.to_thread(os.waitpid, pid, 0)
    return "parent"


def fork_and_exit(path):
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def whoami(n=0):
    return os.getpid()


def _note(text):
    if os.environ.get("NOTES"):
        with open(os.environ["NOTES"], "a") as file:
            file.write(text + "\n")


atexit.register(_note, "atexit")


class Closing:
    def run(self, value):
        return value

    def close(self):
        _note("close")

    async def cleanup(self):
        _note("cleanup")


class Handles:
    """Needs a main thread."""

    def run(self, seconds):
        signal.signal(signal.SIGALRM, lambda *_: None)
        return threading.current_thread() is threading.main_thread()


def own_loop(value):
    loop = asyncio.get_event_loop()
    return loop.run_until_complete(asyncio.sleep(0, value))


class Asks:
    def run(self, question):
        return self._ask(question)

    def _ask(self, question):
        return input(question)

    def chat(self):
        return input("> ")


def asks_never(question, really=False):
    return input(question) if really else "no"


def approve(result):
    return input("Approve? ") == "y", "a person"


class Approved:
    def __init__(self):
        self.callback = approve

    def run(self, value):
        return self.callback(value)


async def block(path):
    """Blocks the event loop, which it must not."""
    open(path, "w").close()
    time.sleep(60)


def chatter(count):
    for _ in range(count):
        print("x" * 1000, file=sys.stderr)


_loops = []


async def make_loop_bound():
    loop = asyncio.get_running_loop()

    class LoopBound:
        async def run(self, value):
            return asyncio.get_running_loop() is loop

    return LoopBound()
