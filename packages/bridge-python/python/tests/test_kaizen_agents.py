"""Agents of the real kailash-kaizen, kaizen-agents and kailash.trust, none of them made for the bridge."""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("kaizen.core.base_agent", reason="needs kailash-kaizen: pip install 'kaizen-eatp-bridge[kaizen]'")
pytest.importorskip("kaizen_agents", reason="needs kaizen-agents: pip install kaizen-agents")

from fake_bridge import Failed
from joined import HUMAN, joined, soon
from model_server import ModelServer
from reference_world import World
from test_context import Knows

from kaizen_eatp_bridge import current_invocation
from kaizen_eatp_bridge.context import Facts
from kaizen_eatp_bridge.loading import load_agent, parse_spec

FILE = Path(__file__).parent / "files" / "kaizen_agents_of_ours.py"


def load(attribute: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return load_agent(parse_spec(f"agent={FILE}:{attribute}"))


def ask(agent: Any, value: Any, **options: Any) -> Any:
    """The answer of an agent over a connection."""

    async def main() -> Any:
        async with joined({"agent": agent}, **options) as (bridge, _):
            return await soon(bridge.call("agent", value))

    return asyncio.run(main())


class TestABaseAgent:
    def test_with_a_strategy_object(self) -> None:
        agent = load("analyst")
        assert (agent.kind, agent.is_async) == ("base_agent", False)
        assert ask(agent, {"question": "seven!!"}) == {"answer": "7 letters", "confidence": 1.0}

    def test_an_input_that_is_no_set_of_fields_goes_where_the_signature_says(self) -> None:
        assert ask(load("analyst"), "four")["answer"] == "4 letters"

    def test_native_where_it_is_made_for_that(self) -> None:
        agent = load("native")
        assert (agent.kind, agent.is_async) == ("base_agent", True)
        assert ask(agent, {"question": "abc"}) == {"answer": "cba", "confidence": 0.5}

    def test_an_error_that_kaizen_swallows_is_raised_with_its_traceback(self) -> None:
        with pytest.raises(Failed) as raised:
            ask(load("analyst"), {"question": "fail"})
        body = raised.value.body
        assert (body["code"], body["type"]) == ("EXCEPTION", "LookupError")
        assert "no such table" in body["message"] and "hunter2" not in str(body)
        assert "CountingStrategy" in body["traceback"] or "in execute" in body["traceback"]

    def test_many_at_a_time(self) -> None:
        async def main() -> None:
            agent = load("analyst")
            async with joined({"agent": agent}, threads=8) as (bridge, _):
                calls = [bridge.call("agent", {"question": "x" * n}) for n in range(100)]
                answers = await soon(asyncio.gather(*calls))
                assert [a["answer"] for a in answers] == [f"{n} letters" for n in range(100)]

        asyncio.run(main())


class TestThroughARealModelClient:
    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
        server = ModelServer()
        monkeypatch.setenv("MODEL_URL", f"http://127.0.0.1:{server.port}/v1")
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        try:
            yield server
        finally:
            server.close()

    def test_the_answer_is_the_models(self, server: ModelServer) -> None:
        agent = load("make_researcher()")
        assert agent.kind == "base_agent"
        answer = ask(agent, {"question": "How many?"})
        assert answer["answer"] == "42"
        (request,) = server.requests
        assert request["path"] == "/v1/chat/completions"
        assert "How many?" in str(request["body"]["messages"])
        assert request["body"]["model"] == "local-model"


def test_a_pipeline() -> None:
    agent = load("two_steps")
    assert agent.kind == "base_agent"
    assert ask(agent, {"question": "abc"}) == {"steps": ["abc", "3 letters"]}


def test_a_deprecated_pattern_agent_by_the_fields_of_its_role() -> None:
    agent = load("make_judge()")
    assert agent.kind == "base_agent"
    fields = {"topic": "t", "proponent_argument": "long argument", "opponent_argument": "no"}
    fields |= {"proponent_rebuttal": "", "opponent_rebuttal": ""}
    assert ask(agent, fields)["decision"] == "for"


class Inner:
    """The agent inside a TrustedAgent of the reference."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    async def execute_async(self, inputs: Any = None, **_: Any) -> Any:
        invocation = current_invocation()
        self.seen.append((inputs, invocation and invocation.task_id, threading.current_thread().name))
        return {"did": inputs}

    def run(self, question: str) -> None: ...


class TestATrustedAgent:
    def make(self, agent_id: str = "analyst") -> tuple[Any, Inner, World]:
        from kailash.trust.agents.trusted_agent import TrustedAgent, TrustedAgentConfig

        world = World()
        world.agent("analyst")
        inner = Inner()
        agent = TrustedAgent(inner, world.ops, TrustedAgentConfig(agent_id=agent_id))
        return agent, inner, world

    def ask(self, agent: Any, value: Any, facts: Facts) -> Any:
        async def main() -> Any:
            async with joined({"agent": agent}, verifier=Knows(facts)) as (bridge, _):
                assert bridge.joins[0]["agents"][0]["name"] == "agent"
                return await soon(bridge.call("agent", value))

        return asyncio.run(main())

    def test_its_own_checks_and_records_are_kept(self) -> None:
        from kaizen_eatp_bridge.adapters import adapt

        agent, inner, world = self.make()
        assert adapt(agent, "x").kind == "trusted_agent"
        facts = Facts(task_id="t-1", agent_id="analyst", human_origin=HUMAN)
        assert self.ask(agent, {"question": "x"}, facts) == {"did": {"question": "x"}}
        assert inner.seen[0][:2] == ({"question": "x"}, "t-1")
        chain = asyncio.run(world.store.get_chain("analyst"))
        assert [anchor.action for anchor in chain.audit_anchors] == ["execute"]
        assert "alice@acme.example" in str(chain.audit_anchors[0])

    def test_without_a_person_it_says_what_is_missing(self) -> None:
        agent, inner, _ = self.make()
        with pytest.raises(Failed) as raised:
            self.ask(agent, {"question": "x"}, Facts(agent_id="analyst"))
        assert "acts only for a person" in raised.value.body["message"]
        assert "humanOrigin" in raised.value.body["remedy"]
        assert inner.seen == []

    def test_what_its_own_check_refuses_it_does_not_do(self) -> None:
        agent, inner, _ = self.make("nobody")
        with pytest.raises(Failed) as raised:
            self.ask(agent, {"question": "x"}, Facts(agent_id="analyst", human_origin=HUMAN))
        assert (raised.value.code, raised.value.body["type"]) == ("EXCEPTION", "TrustChainNotFoundError")
        assert inner.seen == []


def test_a_remote_agent_can_be_served_in_turn() -> None:
    from joined import answering

    from kaizen_eatp_bridge import RemoteAgent

    async def main() -> None:
        async with joined({"front": RemoteAgent(None, "back")}) as (bridge, _):
            calls = answering(bridge, lambda body, value: {"echo": value})
            number, answer = bridge.start("front", {"a": 1})
            assert await soon(answer) == {"echo": {"a": 1}}
            assert calls[0]["within"] == number

    asyncio.run(main())
