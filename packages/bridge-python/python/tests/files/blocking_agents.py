"""Blocking agents for processes."""

import asyncio
import os
import signal
import threading
import time

from kaizen_eatp_bridge import current_invocation


def echo(value):
    return value


def whoami(n=0):
    invocation = current_invocation()
    return {
        "pid": os.getpid(),
        "agent": invocation.agent,
        "task": invocation.task_id,
        "human": invocation.human_origin and dict(invocation.human_origin),
        "trace": invocation.trace_id,
        "deadline": invocation.deadline,
    }


def fail(kind):
    if kind == "value":
        return [print]
    if kind == "exit":
        os._exit(7)
    if kind == "sys-exit":
        raise SystemExit(3)
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise ValueError(f"bad {kind}, password=hunter2")


def sleep(path):
    with open(path, "w") as file:
        file.write(str(os.getpid()))
    time.sleep(60)
    return "slept"


def report(count):
    for n in range(count):
        current_invocation().report({"n": n})
    return count


def spend(tokens, cost):
    current_invocation().report_usage(tokens=tokens, cost=cost)
    return "spent"


def ask(text, progress=False):
    from kaizen_eatp_bridge import RemoteAgent

    told = []
    invocation = current_invocation()

    def listen(value):
        told.append(value)
        invocation.report(["passed on", value])

    remote = RemoteAgent(None, "translator", on_progress=listen if progress else None)
    return {"answer": remote.run(text=text), "told": told}


def ask_many(count):
    from kaizen_eatp_bridge import RemoteAgent

    async def main():
        remote = RemoteAgent(None, "translator")
        return await asyncio.gather(*[remote.run_async(text=str(n)) for n in range(count)])

    return asyncio.run(main())


def leave_thread(path):
    """Leaves a thread that calls and reports after the invocation is over."""
    import contextvars

    from kaizen_eatp_bridge import RemoteAgent

    context = contextvars.copy_context()
    invocation = current_invocation()

    def later():
        time.sleep(0.3)
        ends = []
        for attempt in (lambda: RemoteAgent(None, "translator").run(text="late"), lambda: invocation.report("late")):
            try:
                attempt()
                ends.append("done")
            except Exception as error:
                ends.append(type(error).__name__)
        with open(path, "w") as file:
            file.write(",".join(ends))

    threading.Thread(target=context.run, args=(later,)).start()
    return "left"
