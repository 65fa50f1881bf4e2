"""Inputs and outputs as bytes."""

from __future__ import annotations

from typing import Any

from .errors import NotPortableError
from .plain_values import to_plain
from .values import decode, encode


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
