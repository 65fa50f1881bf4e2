"""Agents that take their time, and say what they know of the invocation that they are in."""

import asyncio
import os
import time

from kaizen_eatp_bridge import current_invocation


async def counter(upto):
    for step in range(upto):
        await current_invocation().report_async({"step": step})
        await asyncio.sleep(0)
    return "counted"


def blocking_counter(upto):
    for step in range(upto):
        current_invocation().report({"step": step})
    return "counted"


async def spender(tokens):
    current_invocation().report_usage(tokens=tokens, cost=0.5)
    return "spent"


def repeated(path):
    """Is stopped in its first attempt, if nothing else ends it."""
    attempt = current_invocation().attempt
    with open(path, "a", encoding="utf-8") as log:
        log.write(f"{attempt} {current_invocation().idempotency_key}\n")
    if attempt == 1:
        time.sleep(600)
    return f"attempt {attempt}"


def sleeper(path, seconds):
    """Blocks; it writes down that it began, and that it came to its end."""
    with open(path, "a", encoding="utf-8") as log:
        log.write(f"{os.getpid()} began\n")
    time.sleep(seconds)
    with open(path, "a", encoding="utf-8") as log:
        log.write(f"{os.getpid()} ended\n")
    return "slept"


async def napper(seconds):
    await asyncio.sleep(seconds)
    return "slept"


def informed(_):
    from kailash.trust.execution_context import get_current_context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    active = {}
    TraceContextTextMapPropagator().inject(active)
    told = current_invocation()
    context = get_current_context()
    return {
        "agent_id": told.agent_id,
        "task_id": told.task_id,
        "run_id": told.run_id,
        "action": told.action,
        "traceparent": told.traceparent,
        "active": active.get("traceparent"),
        "has_deadline": told.deadline is not None,
        "human": context and context.human_origin.human_id,
        "chain": context and list(context.delegation_chain),
        "depth": context and context.delegation_depth,
        "constraints": context and sorted(context.constraints),
        "trace_id": context and context.trace_id,
    }


def leaky(key):
    raise RuntimeError(f"no access with api_key={key}")


def total(left, right):
    return left + right


async def echo(value):
    return value
