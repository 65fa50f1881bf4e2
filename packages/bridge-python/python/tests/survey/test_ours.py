"""The agents in `ours/`, one for each shape that agents have, join, and their failures are recognized."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("kaizen_agents", reason="needs kaizen-agents: pip install kaizen-agents")

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from expected_ours import CONFIG_ONLY, EXPECTED  # noqa: E402
from survey import called, found_in, joined  # noqa: E402

AGENTS, TROUBLES = found_in(str(HERE / "ours"))


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIZEN_MODEL", "mock-model")


def test_every_agent_is_found_and_nothing_else() -> None:
    assert TROUBLES == []
    assert set(AGENTS) == {name.split(" ")[0] for name in EXPECTED}
    assert len(AGENTS) >= 60


@pytest.mark.parametrize("name", EXPECTED)
def test_each_joins_with_the_line_that_inspect_printed_and_is_classified_as_expected(name: str) -> None:
    value, kind, expected = EXPECTED[name]
    agent = joined(AGENTS[name.split(" ")[0]])
    if kind == "refused":
        reason = AGENTS[name].proposal.reason or ""
        assert isinstance(agent, Exception)
        assert expected in f"{agent} {reason}"
        return
    assert not isinstance(agent, Exception), agent
    outcome = called(agent, value)
    assert outcome.kind == kind, outcome
    if kind == "result":
        assert (outcome.value, type(outcome.value)) == (expected, type(expected))
    else:
        assert type(outcome.value).__name__ == expected


def test_classes_that_only_need_a_config_with_defaults_join_by_name_alone() -> None:
    by_name = {name.split(".")[1]: agent for name, agent in AGENTS.items()}
    failed = [n for n in CONFIG_ONLY if isinstance(joined(by_name[n], f"a={by_name[n].module}:{n}"), Exception)]
    assert failed == []


def test_at_least_nine_of_ten_join_with_one_line() -> None:
    refused = [name for name, agent in AGENTS.items() if isinstance(joined(agent), Exception)]
    share = 1 - len(refused) / len(AGENTS)
    print(f"ours: {len(AGENTS) - len(refused)} of {len(AGENTS)} join ({share:.1%}); not: {', '.join(refused)}")
    assert share >= 0.9
