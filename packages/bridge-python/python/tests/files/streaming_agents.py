"""Agents that yield."""

import asyncio


def count(n):
    for i in range(n):
        yield {"i": i}


def count_and_return(n):
    yield from range(n)
    return {"sum": sum(range(n))}


async def count_async(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


class Streaming:
    """Its stream is closed when the call is cancelled."""

    closed = False

    async def run(self, prompt):
        try:
            yield "a"
            await asyncio.sleep(60)
        finally:
            Streaming.closed = True


class Chat:
    def stream(self, message):
        yield from message.split()


def hands_back(n):
    return count(n)


def fails_midway():
    yield 1
    raise ValueError("in the middle")


def sets():
    yield {3, 1}
    yield {2}
