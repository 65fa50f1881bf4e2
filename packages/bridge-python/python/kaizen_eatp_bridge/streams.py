"""Generators as agents: what they yield is progress; what they return, or else yield last, is the result."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

from .context import current_invocation


def is_stream(value: Any) -> bool:
    """Whether a value is a generator, or an async iterator."""
    return inspect.isgenerator(value) or is_async_stream(value)


def is_async_stream(value: Any) -> bool:
    """Whether a value is an async iterator, such as an async generator."""
    kind = type(value)
    return hasattr(kind, "__aiter__") and hasattr(kind, "__anext__")


def drain(stream: Iterator[Any]) -> Any:
    """Runs a generator to its end, in this thread, and reports what it yields."""
    invocation = current_invocation()
    last = None
    try:
        while True:
            try:
                last = next(stream)
            except StopIteration as end:
                return last if end.value is None else end.value
            if invocation is not None:
                invocation.report(last)
    finally:
        stream.close()  # type: ignore[attr-defined]


async def drain_async(stream: Any) -> Any:
    """Runs a generator or an async iterator to its end, on this event loop, and reports what it yields."""
    invocation = current_invocation()
    last = None
    async with contextlib.AsyncExitStack() as stack:
        if hasattr(stream, "aclose"):
            stack.push_async_callback(stream.aclose)
        async for item in _as_async(stream):
            last = item.value if isinstance(item, _Returned) else item
            if isinstance(item, _Returned):
                return item.value
            if invocation is not None:
                await invocation.report_async(last)
    return last


class _Returned:
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


async def _as_async(stream: Any) -> AsyncIterator[Any]:
    if is_async_stream(stream):
        async for item in stream:
            yield item
        return
    try:
        while True:
            try:
                item = next(stream)
            except StopIteration as end:
                if end.value is not None:
                    yield _Returned(end.value)
                return
            yield item
    finally:
        stream.close()
