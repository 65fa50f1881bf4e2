"""Finds MessagePack's own timestamps, which the C codec reads by itself, in bytes of which most are something else."""

from __future__ import annotations

# Extension -1 (the byte ff), behind its size: d6 ff and d7 ff, or c7 and 00 followed by 0c, 08 or 04 and ff.
_FIXED, _TYPE, _LENGTH, _SIZE = 1, 2, 3, 4
_CLASSES = bytes(
    _FIXED
    if byte in (0xD6, 0xD7)
    else _TYPE
    if byte == 0xFF
    else _LENGTH
    if byte in (0xC7, 0x00)
    else _SIZE
    if byte in (0x0C, 0x08, 0x04)
    else 0
    for byte in range(256)
)
_MARKS = (bytes((_FIXED, _TYPE)), bytes((_LENGTH, _SIZE, _TYPE)))
_SMALL = 4096


def has_timestamp_mark(data: bytes) -> bool:
    """Whether a timestamp could be in the data. It may say yes for nothing, never no for something.

    It takes a few passes in C over the data, whatever that is: a pattern that backtracks takes a hundred times longer
    for bytes that are all ff, such as white pixels.
    """
    if len(data) > _SMALL and not _has_beginning(data):
        return False
    classes = data.translate(_CLASSES)
    return any(mark in classes for mark in _MARKS)


def _has_beginning(data: bytes) -> bool:
    if b"\xd6" in data or b"\xd7" in data:
        return True
    return (b"\xc7" in data or b"\x00" in data) and (b"\x0c" in data or b"\x08" in data or b"\x04" in data)
