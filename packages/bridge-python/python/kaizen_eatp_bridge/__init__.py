"""Kaizen agents join a TypeScript orchestration as trusted agents, without rewriting.

`kaizen-eatp-bridge join` is the usual way in; from Python, `Bridge` and `RemoteAgent` are the other direction, and
`current_invocation()` tells an agent what it is doing this for.
"""

__version__ = "0.1.0"

from .context import Invocation, current_invocation

__all__ = ["Invocation", "__version__", "current_invocation"]
