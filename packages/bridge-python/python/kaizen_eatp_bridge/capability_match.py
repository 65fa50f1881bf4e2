"""Which capability names cover which: the same rules as the reference's and as the TypeScript side's."""

from __future__ import annotations

EXECUTE = "execute"
"""Being invoked at all, and in a delegation: doing one's own job."""


def covers(pattern: str, action: str) -> bool:
    """Whether a capability covers an action: exactly, or by one `*` (`*`, `read_*`, `*_admin`, `read_*_data`)."""
    if pattern == action or pattern == "*":
        return True
    if "*" not in pattern:
        return False
    # The reference looks at the end of the pattern first, so a second star can be part of a literal prefix.
    if pattern.endswith("*"):
        return action.startswith(pattern[:-1])
    if pattern.startswith("*"):
        return action.endswith(pattern[1:])
    parts = pattern.split("*")
    return len(parts) == 2 and action.startswith(parts[0]) and action.endswith(parts[1])


def contains(pattern: str, capability: str) -> bool:
    """Whether a capability covers all that another one does, as it must where that one is delegated."""
    is_sure = pattern == capability or "*" not in capability or pattern.count("*") <= 1
    return is_sure and covers(pattern, capability)
