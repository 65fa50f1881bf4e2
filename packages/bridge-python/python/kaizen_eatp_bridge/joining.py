"""The facts for joining a bridge: its key, the keys of the agents, and the authorities to believe."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .address import check_url
from .errors import StartError
from .keys import KeyFile, KnownBridge
from .login import Credentials
from .token import Token, read_key, read_token

TOKEN_VARIABLE = "KAIZEN_EATP_TOKEN"


@dataclass
class Joining:
    """Where to join, as whom, and whom to believe.

    Attributes:
        authorities: The public keys, in base64, of the authorities that are believed, by id.
        remember: To be called once the bridge let the agents in: keeps what was learnt from the token.
    """

    url: str
    credentials: Credentials
    authorities: dict[str, str]
    remember: Callable[[], None]


def prepare_joining(
    url: str,
    names: Sequence[str],
    file: KeyFile,
    *,
    token: str | None,
    bridge_key: str | None,
    authorities: Mapping[str, str],
    max_in_flight: int,
) -> Joining:
    """Finds keys for agents, the bridge's key and the authorities, in a key file and in an enrolment token.

    Agents that have no key get one if there is a token for them.

    Args:
        token: Default: the environment's KAIZEN_EATP_TOKEN.
        bridge_key: The bridge's public key, base64. Default: from the token, or known from the last time.
        authorities: More authorities to believe.

    Raises:
        StartError: Something of it is missing.
    """
    check_url(url)
    text = token or os.environ.get(TOKEN_VARIABLE) or None
    enrolment = read_token(text) if text else None
    known = file.bridges.get(url)
    key = _bridge_key(url, bridge_key, enrolment, known)
    believed = {
        **(known.authorities if known else {}),
        **(enrolment.authorities if enrolment else {}),
        **authorities,
    }
    _make_missing_keys(file, names, enrolment)

    def remember() -> None:
        if file.bridges.get(url) != KnownBridge(key, believed):
            file.bridges[url] = KnownBridge(key, believed)
            file.save()

    credentials = Credentials(
        {name: file.keys[name] for name in names},
        key,
        token=enrolment.text if enrolment else None,
        max_in_flight=max_in_flight,
    )
    return Joining(url, credentials, believed, remember)


def _bridge_key(url: str, given: str | None, token: Token | None, known: KnownBridge | None) -> bytes:
    if given is not None:
        try:
            return read_key(given)
        except ValueError as error:
            raise StartError(f"The bridge's key (--bridge-key) cannot be read: {error}.") from error
    if token is not None:
        return token.bridge_key
    if known is not None:
        return known.bridge_key
    raise StartError(
        f"The bridge at {url} is not known yet, so it could be any.",
        "Join with an enrolment token (--token), or name its key with --bridge-key.",
    )


def _make_missing_keys(file: KeyFile, names: Sequence[str], token: Token | None) -> None:
    missing = [name for name in names if name not in file.keys]
    if not missing:
        return
    if token is None:
        raise StartError(
            f"There is no key for {', '.join(missing)} in {file.path}.",
            "Join with an enrolment token (--token), or make keys: "
            f"kaizen-eatp-bridge keygen --keys {file.path} {' '.join(missing)}",
        )
    for name in missing:
        file.make(name)
    # Before the first login: the bridge binds these keys, and they must not be lost if this ends right after.
    file.save()
