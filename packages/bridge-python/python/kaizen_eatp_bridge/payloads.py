"""Inputs and outputs as bytes."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import Any

from .errors import NotPortableError
from .plain_values import to_plain
from .values import decode, encode, encode_light, is_light


def decode_input(payload: bytes) -> Any:
    """The input, or NotPortableError saying that it is the input that cannot be read."""
    try:
        return decode(payload)
    except NotPortableError as error:
        raise NotPortableError("input " + error.path, error.message.partition(": ")[2], error.remedy) from error


def encode_value(value: Any, what: str, *, strict: bool = False) -> bytes:
    """The bytes of an output or of progress, or NotPortableError saying which of them cannot be written.

    Args:
        strict: Whether a value that is not plain is refused, instead of being turned into a plain one.
    """
    try:
        try:
            return encode(value)
        except NotPortableError:
            if strict:
                raise
            return encode(to_plain(value))
    except NotPortableError as error:
        raise NotPortableError(f"{what} {error.path}", error.message.partition(": ")[2], error.remedy) from error


async def decode_aside(payload: bytes, threads: Executor) -> Any:
    """Does what `decode_input` does: in a thread if it takes long, so that the event loop goes on."""
    if is_light(payload):
        return decode_input(payload)
    return await asyncio.get_running_loop().run_in_executor(threads, decode_input, payload)


async def encode_aside(value: Any, what: str, threads: Executor, *, strict: bool) -> bytes:
    """Does what `encode_value` does: in a thread if it takes long, so that the event loop goes on."""
    packed = encode_light(value)
    if packed is not None:
        return packed
    return await asyncio.get_running_loop().run_in_executor(
        threads, lambda: encode_value(value, what, strict=strict)
    )
