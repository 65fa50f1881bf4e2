"""Kinds that MessagePack has no type for, written as extensions and read again. docs/protocol.md has the table."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import msgpack

from .errors import NotPortableError

_DATETIME, _DATE, _TIME, _TIMEDELTA, _DECIMAL, _BIG_INT, PAIRS, _UUID = range(33, 41)
_MICROSECOND = dt.timedelta(microseconds=1)
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1

_SCALARS = frozenset({type(None), bool, int, float, str, bytes})
_EXTENSIONS = frozenset({dt.datetime, dt.date, dt.time, dt.timedelta, Decimal, uuid.UUID})
LEAVES = _SCALARS | _EXTENSIONS
"""Types of values that hold no others."""


class Unfit(Exception):
    """Something cannot cross; `explain` finds out what."""


def to_extension(value: Any) -> Any:
    """Returns the form in which the packer writes a value that it has no type for."""
    kind = type(value)
    if kind is tuple:
        return list(value)
    if kind is dt.datetime or kind is dt.time:
        _check_time(value)
        code = _DATETIME if kind is dt.datetime else _TIME
        return msgpack.ExtType(code, value.isoformat().encode())
    if kind is dt.date:
        return msgpack.ExtType(_DATE, value.isoformat().encode())
    if kind is dt.timedelta:
        return msgpack.ExtType(_TIMEDELTA, str(value // _MICROSECOND).encode())
    if kind is Decimal:
        return msgpack.ExtType(_DECIMAL, str(value).encode())
    if kind is int:
        return msgpack.ExtType(_BIG_INT, str(value).encode())
    if kind is uuid.UUID:
        return msgpack.ExtType(_UUID, str(value).encode())
    raise Unfit


def _check_time(value: dt.datetime | dt.time) -> None:
    """Refuses times with a part that `isoformat()` leaves out."""
    if value.tzinfo is None:
        if value.fold:
            raise ValueError("its fold=1 would be lost")
    elif value.utcoffset() is None:
        raise ValueError("its time zone has no fixed offset and would be lost")


_DIGITS = re.compile(r"-?(?:0|[1-9][0-9]*)")


def read_extension(code: int, payload: bytes) -> Any:
    """The value of an extension other than pairs, or NotPortableError."""
    read = _READERS.get(code)
    if read is None:
        raise NotPortableError("$", f"extension type {code} is unknown")
    try:
        text = payload.decode("ascii")
        value, canonical = read(text)
    except (ValueError, ArithmeticError) as error:
        raise NotPortableError("$", f"extension {code} cannot be read: {error}") from error
    # Only the one way of writing it counts, so that what is sent on is what came.
    if canonical != text:
        raise NotPortableError("$", f"extension {code} is not written as it must be: {text[:40]!r}")
    return value


def _read_datetime(text: str) -> tuple[Any, str]:
    value = dt.datetime.fromisoformat(text)
    return value, value.isoformat()


def _read_date(text: str) -> tuple[Any, str]:
    value = dt.date.fromisoformat(text)
    return value, value.isoformat()


def _read_time(text: str) -> tuple[Any, str]:
    value = dt.time.fromisoformat(text)
    return value, value.isoformat()


def _read_timedelta(text: str) -> tuple[Any, str]:
    value = dt.timedelta(microseconds=_read_digits(text))
    return value, str(value // _MICROSECOND)


def _read_decimal(text: str) -> tuple[Any, str]:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("not a decimal number") from error
    return value, str(value)


def _read_big_int(text: str) -> tuple[Any, str]:
    value = _read_digits(text)
    if _INT64_MIN <= value <= _UINT64_MAX:
        raise ValueError("an int within 64 bits is written as one")
    return value, str(value)


def _read_uuid(text: str) -> tuple[Any, str]:
    value = uuid.UUID(text)
    return value, str(value)


def _read_digits(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError("not decimal digits")
    return int(text)


_READERS: dict[int, Callable[[str], tuple[Any, str]]] = {
    _DATETIME: _read_datetime,
    _DATE: _read_date,
    _TIME: _read_time,
    _TIMEDELTA: _read_timedelta,
    _DECIMAL: _read_decimal,
    _BIG_INT: _read_big_int,
    _UUID: _read_uuid,
}
