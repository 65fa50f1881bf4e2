"""Redacts secrets in strings that leave the worker: messages and tracebacks of errors."""

from __future__ import annotations

import os
import traceback
from types import TracebackType

from .errors import BridgeError
from .secret_forms import redact

LIMIT = 16 * 1024
"""The longest text, in characters, that leaves in one field of an error."""


def scrub(text: str, limit: int = LIMIT) -> str:
    """Redacts what looks like a secret in a string, and cuts it to a limit in characters.

    The end of a string that is too long is kept: there a traceback says what happened.
    """
    # Cut first: what is not looked at is not kept either, and a huge text must not hold the worker up.
    cut = len(text) - limit
    looked_at = text[cut:] if cut > 0 else text
    looked_at = redact(looked_at)
    # A lone surrogate could not be written, and the error would be lost with it.
    looked_at = looked_at.encode("utf-8", "backslashreplace").decode("utf-8")[-limit:]
    return f"… ({cut} characters left out)\n{looked_at}" if cut > 0 else looked_at


def describe_error(error: BaseException) -> dict[str, str]:
    """Type, message and traceback of an error, scrubbed."""
    try:
        # The remedy of an error of ours travels in a field of its own.
        message = error.message if isinstance(error, BridgeError) else str(error)
    except Exception:
        message = "(the error cannot be printed)"
    trace = "".join(traceback.format_exception(type(error), error, _agents_own(error.__traceback__)))
    return {"type": type(error).__name__, "message": scrub(message), "traceback": scrub(trace)}


_OURS = os.path.dirname(__file__)
_CARRIERS = (f"concurrent{os.sep}futures", "asyncio")


def _agents_own(trace: TracebackType | None) -> TracebackType | None:
    """A traceback from where the agent's own code begins; all of it where that is not reached."""
    at = trace
    while at is not None:
        folder = os.path.dirname(at.tb_frame.f_code.co_filename)
        if folder != _OURS and not folder.endswith(_CARRIERS):
            return at
        at = at.tb_next
    return trace
