"""The check of a delegation path by itself, on minimal records, for faults that the reference's own checks would find first."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from kaizen_eatp_bridge.capability_match import contains
from kaizen_eatp_bridge.delegation_path import MAX_DEPTH, check_action, check_grants, find_path
from kaizen_eatp_bridge.errors import ProofRefusedError

NOW = dt.datetime.now(dt.UTC)
HOUR = dt.timedelta(hours=1)


def capability(name: str, expires_at: dt.datetime | None = None) -> Any:
    return SimpleNamespace(id=f"cap-{name}", capability=name, expires_at=expires_at, constraints=[])


def chain(*capabilities: Any, delegations: tuple[Any, ...] = ()) -> Any:
    owned = [item if not isinstance(item, str) else capability(item) for item in capabilities]
    return SimpleNamespace(
        genesis=SimpleNamespace(metadata={}), capabilities=owned, delegations=list(delegations)
    )


def delegation(delegator: str, delegatee: str, *capabilities: str, parent: Any = None) -> Any:
    return SimpleNamespace(
        id=f"del-{delegator}-{delegatee}",
        delegator_id=delegator,
        delegatee_id=delegatee,
        task_id="task-1",
        capabilities_delegated=list(capabilities),
        constraint_subset=[],
        parent_delegation_id=parent.id if parent else None,
        expires_at=None,
        signing_payload_version="legacy-python-v0",
    )


def invocation(agent_id: str, under: Any) -> Any:
    return SimpleNamespace(agent_id=agent_id, task_id="task-1", delegation_id=under.id)


def refusal(work: Any) -> str:
    with pytest.raises(ProofRefusedError) as refused:
        work()
    return refused.value.message


def line_of(length: int) -> tuple[dict[str, Any], Any]:
    """Agents that hand a task on one after the other, and the last delegation."""
    chains, last = {"agent-0": chain("execute")}, None
    for n in range(length):
        last = delegation(f"agent-{n}", f"agent-{n + 1}", "execute", parent=last)
        chains[f"agent-{n + 1}"] = chain("execute", delegations=(last,))
    return chains, last


def test_it_is_as_deep_as_allowed_and_no_deeper() -> None:
    chains, last = line_of(MAX_DEPTH)
    assert len(find_path(chains, invocation(last.delegatee_id, last), NOW)) == MAX_DEPTH
    chains, last = line_of(MAX_DEPTH + 1)
    assert "more than 10 deep" in refusal(lambda: find_path(chains, invocation(last.delegatee_id, last), NOW))


def test_a_delegation_that_gives_nothing_does_not_even_let_it_be_invoked() -> None:
    empty = delegation("lead", "worker")
    chains = {"lead": chain("execute"), "worker": chain("execute", delegations=(empty,))}
    assert "gives nothing" in refusal(lambda: find_path(chains, invocation("worker", empty), NOW))


def test_two_delegations_of_one_id_are_none() -> None:
    given = delegation("lead", "worker", "execute")
    wider = delegation("lead", "worker", "execute", "delete_all")
    for both in ((given, wider), (wider, given)):
        chains = {"lead": chain("execute"), "worker": chain("execute", delegations=both)}
        assert "is not in the chain of worker" in refusal(lambda: find_path(chains, invocation("worker", given), NOW))


@pytest.mark.parametrize(("expires_at", "may"), [(None, True), (NOW + HOUR, True), (NOW - HOUR, False), (NOW, False)])
def test_a_capability_that_has_expired_is_not_given_on(expires_at: Any, may: bool) -> None:
    given = delegation("lead", "worker", "analyze")
    chains = {"lead": chain(capability("analyze", expires_at)), "worker": chain(delegations=(given,))}
    if may:
        check_grants(chains, [given], NOW)
    else:
        assert "could not give" in refusal(lambda: check_grants(chains, [given], NOW))


def test_ones_own_job_is_bounded_by_every_delegation_above() -> None:
    def path(above: str) -> list[Any]:
        first = delegation("lead", "worker", above)
        return [delegation("worker", "helper", "execute", parent=first), first]

    chains = {"helper": chain("execute", "summarize")}
    for above in ("execute", "summarize", "sum*"):
        check_action(chains, path(above), "helper", "summarize", NOW)
    assert "does not give 'summarize'" in refusal(
        lambda: check_action(chains, path("analyze"), "helper", "summarize", NOW)
    )


@pytest.mark.parametrize(
    ("pattern", "capability_name", "does"),
    [
        ("*", "read_*", True),
        ("read_*", "read_rows_*", True),
        ("read_*", "*", False),
        ("read_*_data", "read_*_data", True),
        # The reference reads only one of two stars as a wildcard, so such a pattern covers something else than it seems to.
        ("a*b*", "a*bc*", False),
        ("a*b*", "a*b*", True),
        ("a*b*", "axbx", False),
    ],
)
def test_which_capability_contains_which(pattern: str, capability_name: str, does: bool) -> None:
    assert contains(pattern, capability_name) is does
