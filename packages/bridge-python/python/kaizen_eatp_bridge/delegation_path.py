"""The delegations that an agent acts under, from the one that is named up to the first, and whether each could be given.

The signatures are the reference's to check (full_verdict.py). Here is what it does not look at: that a delegation is for
this task, follows from the one above it, and gives nothing that its delegator does not have.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from .capability_match import EXECUTE, contains
from .signed_invocation import SignedInvocation, read_binding, refuse

MAX_DEPTH = 10
"""How many delegations may follow from each other."""

_LEGACY = "legacy-python-v0"
_NO_DELEGATION = "no_delegation"


def find_path(chains: Mapping[str, Any], invocation: SignedInvocation, now: dt.datetime) -> list[Any]:
    """The delegations that an invocation is made under, the named one first; none for an agent's own right.

    Args:
        chains: The reference's chains, by agent id.

    Raises:
        ProofRefusedError: One is missing, has expired, or is for another agent.
    """
    path: list[Any] = []
    delegation_id, holder = invocation.delegation_id, invocation.agent_id
    while delegation_id is not None:
        if len(path) >= MAX_DEPTH:
            refuse(f"The delegation is more than {MAX_DEPTH} deep.")
        link = _find(chains, holder, delegation_id)
        if link.delegatee_id != holder:
            refuse(f"Delegation {link.id} is for {link.delegatee_id}, not for {holder}.")
        if link.signing_payload_version != _LEGACY:
            refuse(f"Delegation {link.id} is of a form that does not sign its task.")
        if link.expires_at is not None and now >= link.expires_at:
            refuse(f"Delegation {link.id} expired at {link.expires_at.isoformat()}.")
        if not link.capabilities_delegated:
            refuse(f"Delegation {link.id} gives nothing.")
        if link.delegator_id == invocation.agent_id or any(link.delegator_id == l.delegator_id for l in path):
            refuse(f"Delegation {link.id} goes round in a circle.")
        path.append(link)
        delegation_id, holder = link.parent_delegation_id, link.delegator_id
    return path


def check_task(path: Sequence[Any], invocation: SignedInvocation) -> None:
    """Checks that each delegation was made for the task of the invocation.

    Raises:
        ProofRefusedError: One was made for another task.
    """
    for link in path:
        if link.task_id != invocation.task_id:
            refuse(f"Delegation {link.id} is for task {link.task_id}, not for {invocation.task_id}.")


def _find(chains: Mapping[str, Any], holder: str, delegation_id: str) -> Any:
    chain = chains.get(holder)
    if chain is None:
        refuse(f"The chain of {holder} is missing.")
    found = [d for d in chain.delegations if d.id == delegation_id]
    if len(found) != 1:
        refuse(f"Delegation {delegation_id} is not in the chain of {holder}.")
    return found[0]


def check_bindings(path: Sequence[Any], bindings: Sequence[str], invocation: SignedInvocation) -> None:
    """Checks that each delegation was made for the person of the invocation, and the nearest one for its purpose.

    Args:
        bindings: What each delegation's id is the digest of, in the order of the path.

    Raises:
        ProofRefusedError: One was made for another run, invocation or person.
    """
    if len(bindings) != len(path):
        refuse(f"The proof has {len(bindings)} bindings for {len(path)} delegations.")
    for index, (link, text) in enumerate(zip(path, bindings, strict=True)):
        binding = read_binding(text, link.id)
        if index == 0 and binding != invocation.delegated_for:
            refuse(f"Delegation {link.id} was made for another run, invocation or person.")
        if binding.person != invocation.person:
            refuse(f"Delegation {link.id} was made for another person.")
        # A run can be started in an invocation outside runs, but not the reverse.
        if invocation.run_id is None and binding.run_id is not None:
            refuse(f"Delegation {link.id} was made in a run, and the invocation is outside runs.")


def check_grants(chains: Mapping[str, Any], path: Sequence[Any], now: dt.datetime) -> None:
    """Checks that each delegator had what it gave, and passed all limits on.

    Raises:
        ProofRefusedError: One gave more than it had, or left a limit out.
    """
    for index, link in enumerate(path):
        above = path[index + 1 :]
        parent = above[0] if above else None
        chain = chains.get(link.delegator_id)
        if chain is None:
            refuse(f"The chain of {link.delegator_id} is missing.")
        for capability in link.capabilities_delegated:
            if not _may_give(chain, link, above, capability, now):
                refuse(f"Delegation {link.id} gives {capability!r}, which {link.delegator_id} could not give.")
        labels = _labels(chain, link.task_id, parent)
        kept = {label.lower() for label in link.constraint_subset}
        dropped = sorted(label for label in labels if label.lower() not in kept)
        if dropped:
            refuse(f"Delegation {link.id} drops the constraint {dropped[0]!r}.")
        if any(label.lower() == _NO_DELEGATION for label in labels):
            refuse(f"{link.delegator_id} may not delegate.")
        if parent is not None and _is_later(link.expires_at, parent.expires_at):
            refuse(f"Delegation {link.id} lasts longer than the one it was made under.")


def check_action(chains: Mapping[str, Any], path: Sequence[Any], agent_id: str, action: str, now: dt.datetime) -> None:
    """Checks that the delegations cover what the agent is asked to do.

    Raises:
        ProofRefusedError: They do not.
    """
    if path and not _may_do(chains[agent_id], path, action, now):
        refuse(f"Delegation {path[0].id} does not give {action!r}.")


def _may_give(chain: Any, link: Any, above: Sequence[Any], capability: str, now: dt.datetime) -> bool:
    if not above:
        return _owns(chain, capability, now, without_task=link.task_id)
    return _may_do(chain, above, capability, now)


def _may_do(chain: Any, path: Sequence[Any], action: str, now: dt.datetime) -> bool:
    """Whether an agent may do something under delegations, the nearest first.

    One that names capabilities gives those and no others. One of `execute` means "do your own job": own capabilities, as
    far as the delegations above allow. To be invoked at all (`execute`) follows from any delegation.
    """
    leaf, *above = path
    if _names(leaf, action):
        return True
    if action == EXECUTE:
        return _owns(chain, action, now)
    return _is_own_job(leaf) and _owns(chain, action, now) and all(_is_own_job(l) or _names(l, action) for l in above)


def _names(link: Any, action: str) -> bool:
    return any(contains(capability, action) for capability in link.capabilities_delegated)


def _is_own_job(link: Any) -> bool:
    return EXECUTE in link.capabilities_delegated


def _owns(chain: Any, action: str, now: dt.datetime, without_task: str | None = None) -> bool:
    """Whether an unexpired capability of a chain covers an action.

    Args:
        without_task: Leaves out what was delegated for this task: who acts by its own right must not give that on.
    """
    derived = _derived_ids(chain, without_task) if without_task is not None else frozenset()
    return any(
        contains(capability.capability, action)
        for capability in chain.capabilities
        if capability.id not in derived and (capability.expires_at is None or now < capability.expires_at)
    )


def _labels(chain: Any, task_id: str, parent: Any) -> set[str]:
    """The limits that a delegator passes on: its chain's, and those of the delegation that it acts under."""
    derived = _derived_ids(chain, task_id)
    own = {str(label) for label in chain.genesis.metadata.get("constraints", [])}
    for capability in chain.capabilities:
        # The constraints of another delegation's capabilities apply under that delegation, not under this one.
        if capability.id not in derived:
            own.update(capability.constraints)
    return own | set(parent.constraint_subset) if parent is not None else own


def _derived_ids(chain: Any, task_id: str | None) -> frozenset[str]:
    """The ids of the capabilities that stand for a task's delegations in a chain, as the TypeScript side names them."""
    return frozenset(
        derived_capability_id(delegation.id, name)
        for delegation in chain.delegations
        if delegation.task_id == task_id
        for name in delegation.capabilities_delegated
    )


def derived_capability_id(delegation_id: str, capability: str) -> str:
    """The id of the capability that a delegation puts into the delegatee's chain."""
    digest = sha256(f"derived-capability\n{delegation_id}\n{capability}".encode()).hexdigest()
    variant = f"{(int(digest[16], 16) & 3) | 8:x}"
    return f"cap-{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def _is_later(end: dt.datetime | None, limit: dt.datetime | None) -> bool:
    return limit is not None and (end is None or end > limit)
