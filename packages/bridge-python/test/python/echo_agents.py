"""Agents that give back what they get, or more."""

import asyncio
import os

under_way = 0
most_under_way = 0
gate = asyncio.Event()


async def echo(value):
    return value


async def grow(size):
    return "x" * size


async def crowd(what, value=None):
    """Counts its calls in progress. All of them wait until as many have come as a worker takes at a time."""
    global under_way, most_under_way
    if what == "most":
        return most_under_way
    under_way += 1
    most_under_way = max(most_under_way, under_way)
    if under_way == int(os.environ["CROWD"]):
        asyncio.get_running_loop().call_later(0.2, gate.set)
    try:
        await gate.wait()
        return value
    finally:
        under_way -= 1
