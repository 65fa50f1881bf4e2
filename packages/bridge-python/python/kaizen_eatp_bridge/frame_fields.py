"""The kinds of values that the fields of frames hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """A kind of value: its name, and the test for it."""

    what: str
    fits: Callable[[Any], bool]


# Beyond 2^53 a TypeScript number is not exact.
UINT_MAX = 2**53 - 1


def is_uint(value: Any) -> bool:
    return type(value) is int and 0 <= value <= UINT_MAX


def _exactly(kind: type) -> Callable[[Any], bool]:
    return lambda value: type(value) is kind


def _bytes_of(length: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is bytes and len(value) == length


def _is_list_of_str(value: Any) -> bool:
    return type(value) is list and all(type(item) is str for item in value)


def _is_proof(value: Any) -> bool:
    return (
        type(value) is dict
        and type(value.get("invocation")) is str
        and _is_list_of_str(value.get("chains"))
        and _is_list_of_str(value.get("authorities"))
        and _is_list_of_str(value.get("bindings"))
        and type(value.get("person")) in (str, type(None))
    )


def _is_trace(value: Any) -> bool:
    return (
        type(value) is dict
        and type(value.get("traceparent")) is str
        and type(value.get("tracestate")) in (str, type(None))
    )


def _is_map_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        type(value) is dict and all(type(key) is str and fits(item) for key, item in value.items())
    )


def _is_amount(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= UINT_MAX


UINT = Kind("an unsigned integer", is_uint)
AMOUNT = Kind("a number from 0 to 2^53 - 1", _is_amount)
STR = Kind("a text", _exactly(str))
BIN = Kind("bytes", _exactly(bytes))
BIN_16 = Kind("16 bytes", _bytes_of(16))
BIN_32 = Kind("32 bytes", _bytes_of(32))
BIN_64 = Kind("64 bytes", _bytes_of(64))
BOOL = Kind("a boolean", _exactly(bool))
STRS = Kind("a list of texts", _is_list_of_str)
UINTS = Kind("a list of unsigned integers", lambda v: type(v) is list and all(map(is_uint, v)))
PROOF = Kind("a proof", _is_proof)
TRACE = Kind("a trace context", _is_trace)
SIGNATURES = Kind("a map of 64 bytes each", _is_map_of(BIN_64.fits))
WELCOMED = Kind(
    "a map of agents", _is_map_of(lambda v: type(v) is dict and type(v.get("agent_id")) is str)
)
