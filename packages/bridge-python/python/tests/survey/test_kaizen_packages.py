"""Every agent class of the installed Kaizen packages joins, or says why not; its answers and failures are recognized."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("kaizen_agents", reason="needs kaizen-agents: pip install kaizen-agents")

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from expected_kaizen import FAILURES, REFUSED, RESULTS  # noqa: E402
from kaizen_world import input_for, kaizen_environment  # noqa: E402
from survey import called, found_in, joined  # noqa: E402

from kaizen_eatp_bridge.constructing import config_class, fields_without_default, needed_parameters  # noqa: E402

KEYS = [*RESULTS, *FAILURES, *REFUSED]
is_judged = metadata.version("kailash-kaizen").startswith("2.46.") and metadata.version("kaizen-agents").startswith("0.13.")


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The agent classes, as `inspect` lists them, by `module:class`."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, value in kaizen_environment(tmp_path_factory.mktemp("bin")).items():
            patch.setenv(name, value)
        # Kaizen's own Agent keeps its audit trail and checkpoints in the folder that it runs in.
        patch.chdir(tmp_path_factory.mktemp("run"))
        found = [agent for package in ("kaizen_agents", "kaizen") for agent in found_in(package)[0].values()]
        yield {f"{agent.module}:{agent.target}": agent for agent in found if agent.what == "class"}


@pytest.mark.skipif(not is_judged, reason="the answers were judged for kailash-kaizen 2.46 and kaizen-agents 0.13")
def test_every_class_is_judged(agents: dict[str, Any]) -> None:
    assert set(agents) == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_each_answer_counts_as_result_or_failure_as_judged_by_hand(agents: dict[str, Any], key: str) -> None:
    found = agents[key]
    agent = joined(found)
    if key in REFUSED:
        assert isinstance(agent, Exception) and REFUSED[key] in str(agent)
        return
    assert not isinstance(agent, Exception), agent
    outcome = called(agent, input_for(found))
    if key in RESULTS:
        assert outcome.kind == "result", outcome
    else:
        assert (outcome.kind, type(outcome.value).__name__) == ("failure", FAILURES[key])


def test_the_shares_that_join(agents: dict[str, Any]) -> None:
    refused, by_name_refused, by_name = [], [], 0
    for key, found in agents.items():
        if isinstance(joined(found), Exception):
            refused.append(key)
        # Those that are refused need a program or a package besides, which they look for in their constructors.
        if _needs_only_a_config(found) and key not in REFUSED:
            by_name += 1
            if isinstance(joined(found, f"a={key}"), Exception):
                by_name_refused.append(key)
    share, named_share = 1 - len(refused) / len(agents), 1 - len(by_name_refused) / by_name
    print(f"kaizen: {len(agents) - len(refused)} of {len(agents)} join ({share:.1%}); not: {', '.join(refused)}")
    print(f"kaizen: {by_name - len(by_name_refused)} of {by_name} that only need a config join by name ({named_share:.1%})")
    assert share >= 0.9
    assert named_share >= 0.95


def _needs_only_a_config(found: Any) -> bool:
    cls = getattr(sys.modules[found.module], found.target)
    needed = needed_parameters(cls)
    configs = [config_class(cls, parameter) for parameter in needed]
    return bool(needed) and all(config is not None and not fields_without_default(config) for config in configs)
