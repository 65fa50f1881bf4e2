"""Kaizen agents join a TypeScript orchestration as trusted agents, without rewriting.

`kaizen-eatp-bridge join` is the usual way in; from Python, `Bridge` and `RemoteAgent` are the other direction, and
`current_invocation()` tells an agent what it is doing this for.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

from .context import Invocation, current_invocation
from .errors import (
    BridgeError,
    InvocationCancelledError,
    LoginRefusedError,
    NotPortableError,
    RemoteAgentError,
    StartError,
)

if TYPE_CHECKING:
    from .bridge import Bridge
    from .remote_agent import RemoteAgent

__all__ = [
    "Bridge",
    "BridgeError",
    "Invocation",
    "InvocationCancelledError",
    "LoginRefusedError",
    "NotPortableError",
    "RemoteAgent",
    "RemoteAgentError",
    "StartError",
    "__version__",
    "current_invocation",
]


def __getattr__(name: str) -> Any:
    # Kaizen takes seconds to import, and an agent that only asks for its invocation needs none of it.
    if name == "Bridge":
        from .bridge import Bridge

        return Bridge
    if name == "RemoteAgent":
        from .remote_agent import RemoteAgent

        return RemoteAgent
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
