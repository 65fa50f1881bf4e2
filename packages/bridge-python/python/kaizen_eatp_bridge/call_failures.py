"""How a call that failed is reported to the bridge."""

from __future__ import annotations

from typing import Any

from .context import Invocation
from .errors import BridgeError, RemoteAgentError
from .scrub import describe_error

# The codes of failures that the worker itself causes.
_OWN_CODES = frozenset({"REFUSED", "VALUE", "STOPPED", "NOT_FOUND", "TOO_LARGE"})


def code_of(error: BaseException) -> str:
    """The FAIL code of an exception that an agent raised."""
    # The calling agent's own failure, whatever the reason was for which a call of another agent failed.
    if isinstance(error, BridgeError) and not isinstance(error, RemoteAgentError) and error.code in _OWN_CODES:
        return error.code
    return "EXCEPTION"


def failure_fields(call: int, invocation: Invocation, code: str, error: BaseException) -> dict[str, Any]:
    """The fields of the FAIL frame for an exception."""
    told = getattr(error, "described", None) or describe_error(error)
    remedy = error.remedy if isinstance(error, BridgeError) else ""
    if code in ("CANCELLED", "DEADLINE"):
        told = {"type": "", "message": f"The invocation was stopped: {invocation._cancelled}", "traceback": ""}
    elif isinstance(error, BridgeError) and code != "EXCEPTION":
        told = {**told, "message": error.message, "traceback": ""}
    return {"call": call, "code": code, **told, "remedy": remedy}
