"""Where a bridge listens, and whether that address may be used in the clear."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from .errors import StartError


def check_url(url: str) -> bool:
    """Whether the address is used with TLS.

    Raises:
        StartError: It is no WebSocket address, or one without TLS beyond this machine.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("ws", "wss") or not host:
        raise StartError(f"{url!r} is no address of a bridge.", "Write ws://127.0.0.1:7411 or wss://host:port.")
    if parts.scheme == "ws" and not _is_loopback(host):
        raise StartError(
            f"{url} would carry everything in the clear over the network.", "Use wss:// for a bridge on another machine."
        )
    return parts.scheme == "wss"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
