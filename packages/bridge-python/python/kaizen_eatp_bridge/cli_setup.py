"""Where to join, and as whom: from the command's options, or from the process that started it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import StartError
from .joining import Joining, prepare_joining
from .keys import KeyFile, check_name
from .login import Credentials
from .token import read_authorities, read_key


def own_joining(options: argparse.Namespace, names: list[str]) -> Joining:
    """Reads the bridge and the keys from the command's options and the key file."""
    return prepare_joining(
        options.url,
        names,
        KeyFile(options.keys),
        token=options.token,
        bridge_key=options.bridge_key,
        authorities=_read_authority_files(options.authority),
        max_in_flight=options.max_in_flight,
    )


def _read_authority_files(paths: Sequence[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            found.update(read_authorities({data["id"]: data["public_key"]}))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StartError(
                f"The authority in {path} cannot be read: {error}", "Pass a JSON file with its id and public_key."
            ) from error
    return found


def spawned_joining(options: argparse.Namespace, names: list[str]) -> Joining:
    """Reads the bridge and the keys that the parent process writes to stdin, as one line of JSON."""
    try:
        data = json.loads(sys.stdin.buffer.readline())
        keys = {check_name(name): _signing_key(seed) for name, seed in data["keys"].items()}
        credentials = Credentials(
            {name: keys[name] for name in names},
            read_key(data["bridge_key"]),
            token=data.get("token"),
            max_in_flight=options.max_in_flight,
        )
        url, authorities = str(data["url"]), read_authorities(data["authorities"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StartError(f"--spawned expects its set-up as one line of JSON on stdin: {error!r}") from error
    return Joining(url, credentials, authorities, lambda: None)


def _signing_key(seed: Any) -> Any:
    from nacl.signing import SigningKey

    return SigningKey(read_key(seed))
