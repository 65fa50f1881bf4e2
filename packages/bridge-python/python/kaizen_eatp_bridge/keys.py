"""The worker's keys, and what it knows about bridges, in one file that only its owner can read."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from .errors import StartError
from .token import read_authorities, read_key

DEFAULT_PATH = Path("~/.eatp/bridge-keys.json")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass
class KnownBridge:
    """A bridge that the worker joined before: its key, and the keys of the authorities it works with."""

    bridge_key: bytes
    authorities: dict[str, str] = field(default_factory=dict)


class KeyFile:
    """Ed25519 keys by agent name, and known bridges by url.

    Args:
        path: The file. It must not be readable by others; it is written with mode 600.
    """

    def __init__(self, path: Path | str = DEFAULT_PATH) -> None:
        self.path = Path(path).expanduser()
        self.keys: dict[str, SigningKey] = {}
        self.bridges: dict[str, KnownBridge] = {}
        if self.path.exists():
            self._read()

    def make(self, name: str) -> SigningKey:
        """Makes a key for an agent that has none."""
        check_name(name)
        if name in self.keys:
            raise StartError(
                f"{self.path} has a key for {name} already.", "Choose another name, or remove the old key by hand."
            )
        self.keys[name] = SigningKey.generate()
        return self.keys[name]

    def save(self) -> None:
        """Writes the file in one step: a reader sees the old content or the new one."""
        data = {
            "version": 1,
            "keys": {name: _base64(bytes(key)) for name, key in self.keys.items()},
            "bridges": {
                url: {"bridge_key": _base64(known.bridge_key), "authorities": known.authorities}
                for url, known in self.bridges.items()
            },
        }
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes files of mode 600.
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(data, file, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def _read(self) -> None:
        try:
            self._check_private()
            data = json.loads(self.path.read_text(encoding="utf-8"))
            if data["version"] != 1:
                raise ValueError(f"version {data['version']} is unknown")
            self.keys = {check_name(name): SigningKey(read_key(seed)) for name, seed in data["keys"].items()}
            self.bridges = {url: _read_bridge(known) for url, known in data.get("bridges", {}).items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StartError(
                f"The key file {self.path} cannot be read: {error}", "Pass another with --keys, or restore it."
            ) from error

    def _check_private(self) -> None:
        mode = stat.S_IMODE(self.path.stat().st_mode)
        if os.name == "posix" and mode & 0o077:
            raise StartError(
                f"Others can read the key file {self.path} (mode {mode:o}).", f"Run: chmod 600 {self.path}"
            )


def check_name(name: str) -> str:
    """An agent's name, if it may be one.

    Raises:
        StartError: It has other characters than the protocol allows, or is too long.
    """
    if _NAME.fullmatch(name):
        return name
    raise StartError(f"{name!r} cannot be an agent's name.", "Use 1 to 64 letters, digits, '_', '-' and '.'.")


def public_key_text(key: SigningKey) -> str:
    """A key's public half in base64."""
    return _base64(bytes(key.verify_key))


def _read_bridge(data: Any) -> KnownBridge:
    return KnownBridge(read_key(data["bridge_key"]), read_authorities(data.get("authorities", {})))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
