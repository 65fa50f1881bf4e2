"""Bounds how many lists, dicts and extensions bytes can become, before anything is decoded.

An empty container takes one byte here and some sixty of memory once it is decoded, so that the size of a message alone
bounds nothing.
"""

from __future__ import annotations

from typing import Final

# All bytes that begin a container or an extension. They also occur within text, bytes and numbers.
_HEADS: Final = bytes([*range(0x80, 0xA0), *range(0xDC, 0xE0), *range(0xC7, 0xCA), *range(0xD4, 0xD9)])
_NO_HEADS: Final = bytes(byte for byte in range(256) if byte not in _HEADS)
# How many bytes of a token's own size follow its head, or its content where the size is fixed.
_SIZES: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_FIXED: Final = {0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
_FIXED_EXT: Final = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_COUNTS: Final = {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}


def has_at_most(data: bytes, most: int) -> bool:
    """Whether MessagePack holds no more than so many containers and extensions; not those within an extension.

    Bytes that are no MessagePack may get either answer: the decoder refuses them.
    """
    # Most bytes are cleared by this alone, at the speed of C.
    if len(data) <= most or len(data.translate(None, _NO_HEADS)) <= most:
        return True
    return _counts_at_most(data, most)


def _counts_at_most(data: bytes, most: int) -> bool:
    at = found = 0
    end = len(data)
    while at < end:
        head = data[at]
        at += 1
        if head <= 0x7F or head >= 0xE0:
            continue
        if head <= 0x9F:
            found += 1
        elif head <= 0xBF:
            at += head & 0x1F
        elif head in _SIZES:
            width = _SIZES[head]
            is_extension = 0xC7 <= head <= 0xC9
            found += is_extension
            at += width + int.from_bytes(data[at : at + width], "big") + is_extension
        elif head in _FIXED:
            at += _FIXED[head]
        elif head in _FIXED_EXT:
            found += 1
            at += 1 + _FIXED_EXT[head]
        elif head in _COUNTS:
            found += 1
            at += _COUNTS[head]
        if found > most:
            return False
    return True
