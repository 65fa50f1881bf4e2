"""Agents that write down what they do, in a file of their own, so that a test can count what was really done."""

import asyncio
import os

from kaizen_eatp_bridge import current_invocation


def _log(what):
    # One write of one line, so that lines of several processes do not mix.
    descriptor = os.open(os.environ["ACTION_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(descriptor, f"{current_invocation().invocation_id} {what}\n".encode())
    finally:
        os.close(descriptor)


async def supervisor(request=None, num_tasks=None, task_results=None):
    if task_results is not None:
        _log("merge")
        return {"final_result": task_results, "summary": "all parts"}
    _log("split")
    return {"tasks": [f"part {i} of {request}" for i in range(3)]}


async def worker_one(task_description, task_id=None):
    return await _work("worker_one", task_description)


async def worker_two(task_description, task_id=None):
    return await _work("worker_two", task_description)


async def _work(name, task):
    _log(f"work {task}")
    invocation = current_invocation()
    for step in range(3):
        await invocation.report_async({"step": step, "of": task})
        await asyncio.sleep(0.002)
    return {"result": f"did {task}", "status": "completed"}


async def sleeper(seconds):
    _log(f"sleep {seconds}")
    await asyncio.sleep(seconds)
    _log("slept")
    return "slept"
