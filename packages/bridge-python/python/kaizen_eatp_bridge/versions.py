"""The versions that a worker runs with, and whether they work together."""

from __future__ import annotations

import platform
import re

from .context import has_kailash
from .errors import StartError

OLDEST_KAILASH = (2, 62)
"""Older ones sign capabilities in another way, and would refuse every call."""

_PACKAGES = ("kailash", "kailash-kaizen", "kaizen-agents", "websockets", "msgpack", "pynacl", "uvloop")


def versions() -> dict[str, str]:
    """The versions of this package, of Python, and of what is installed of the packages that matter."""
    from importlib import metadata

    from . import __version__

    found = {"kaizen-eatp-bridge": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def is_of_release(release: str) -> bool:
    """Whether this package belongs to a release, such as `0.1`: the packages of both languages carry its number."""
    from . import __version__

    return __version__.split(".")[:2] == release.split(".")[:2]


def check_verify_mode(mode: str) -> tuple[str, str | None]:
    """The mode that `--verify` stands for here, and a warning if it is less than `full` without being asked for.

    Raises:
        StartError: The installed kailash is too old to verify what the bridge signs.
    """
    if mode not in ("auto", "full"):
        return mode, None
    if not has_kailash():
        warning = (
            "--verify auto: kailash is not installed, so this worker checks signatures only and not delegations. "
            "Install it (pip install 'kaizen-eatp-bridge[kaizen]'), or pass --verify signature"
        )
        return ("signature", warning) if mode == "auto" else ("full", None)
    version = versions().get("kailash")
    if version is not None and _numbers(version) < OLDEST_KAILASH:
        oldest = ".".join(map(str, OLDEST_KAILASH))
        raise StartError(
            f"kailash {version} is installed, which would refuse every call (Invalid capability signature); "
            f"this worker needs {oldest} or later.",
            f"Install it: pip install 'kailash[trust]>={oldest}'. Or join with --verify signature, "
            "which does not check delegations.",
        )
    return "full", None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
