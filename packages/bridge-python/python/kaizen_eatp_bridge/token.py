"""Enrolment tokens: what a bridge hands out so that an agent without a chain may join once."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from .errors import StartError

_PREFIX = "eatp1_"


@dataclass(frozen=True)
class Token:
    """The content of a token: the bridge to expect, and the authorities to believe."""

    text: str
    bridge_key: bytes
    authorities: dict[str, str]

    def __repr__(self) -> str:  # the secret must not reach a log
        return f"Token(authorities={sorted(self.authorities)})"


def read_token(text: str) -> Token:
    """Reads a token.

    Raises:
        StartError: It is not one.
    """
    try:
        if not text.startswith(_PREFIX):
            raise ValueError
        coded = text[len(_PREFIX) :]
        data = json.loads(base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True))
        if not all(isinstance(data[name], str) and data[name] for name in ("id", "secret")):
            raise ValueError
        return Token(text, read_key(data["bridge_key"]), read_authorities(data["authorities"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StartError(
            "This is not an enrolment token.", "Pass the text that the bridge printed, which begins with eatp1_."
        ) from error


def read_key(text: Any) -> bytes:
    """The 32 bytes of a key in base64.

    Raises:
        ValueError: It is not that.
    """
    if not isinstance(text, str):
        raise ValueError("a key must be a string")
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("a key must be base64") from error
    if len(key) != 32:
        raise ValueError(f"a key must have 32 bytes, not {len(key)}")
    return key


def read_authorities(data: Any) -> dict[str, str]:
    """Authorities' ids with their public keys in base64.

    Raises:
        ValueError: It is not that.
    """
    if not isinstance(data, dict):
        raise ValueError("authorities must be an object of ids and keys")
    for authority_id, key in data.items():
        if not isinstance(authority_id, str):
            raise ValueError("an authority's id must be a string")
        read_key(key)
    return dict(data)
