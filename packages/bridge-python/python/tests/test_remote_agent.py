"""The other direction: Python calls the agents that the bridge serves."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fake_bridge import Failed
from joined import HUMAN, answering, base64_of, failing, joined, opened, soon, until

from kaizen_eatp_bridge import (
    Bridge,
    BridgeError,
    InvocationCancelledError,
    LoginRefusedError,
    RemoteAgent,
    RemoteAgentError,
    StartError,
    current_invocation,
    frames,
)
from kaizen_eatp_bridge.calls import CALLS_AT_A_TIME
from kaizen_eatp_bridge.values import encode


def echo(body: dict[str, Any], value: Any) -> Any:
    return {"agent": body["agent"], "got": value}


class TestFromAProgram:
    def test_run_in_a_thread_and_run_async_on_any_loop(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                calls = answering(fake, echo)
                agent = RemoteAgent(bridge, "translator")
                expected = {"agent": "translator", "got": {"text": "hallo", "n": 2**60}}
                assert await asyncio.to_thread(agent.run, text="hallo", n=2**60) == expected
                assert await agent.run_async(text="hallo", n=2**60) == expected
                told = {name: item for name, item in calls[0].items() if name not in ("call", "input")}
                assert told == {"agent": "translator", "as": "planner"}
                assert [body["call"] for body in calls] == [1, 2]

        asyncio.run(main())

    def test_what_is_delegated_and_for_whom(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None, "critic": None}) as (fake, bridge):
                calls = answering(fake, echo)
                agent = RemoteAgent(
                    bridge,
                    "translator",
                    as_agent="critic",
                    capabilities=("translate",),
                    constraints=["read_only"],
                    task_id="t-7",
                    timeout=9,
                )
                await agent.run_async(text="x")
                body = calls[0]
                assert (body["as"], body["capabilities"], body["constraints"]) == ("critic", ["translate"], ["read_only"])
                assert body["task_id"] == "t-7"
                assert body["deadline_ms"] == 9000
                with pytest.raises(BridgeError, match="which agent calls translator.*planner, critic"):
                    await RemoteAgent(bridge, "translator").run_async()

        asyncio.run(main())

    def test_a_person_of_kaizens_own_context_is_not_claimed(self, tmp_path: Path) -> None:
        context = pytest.importorskip("kailash.trust.execution_context", reason="needs kailash[trust]")
        human = context.HumanOrigin.from_dict(HUMAN)

        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                calls = answering(fake, echo)
                around = context.ExecutionContext(human_origin=human, delegation_chain=[], delegation_depth=0)
                with context.execution_context(around):
                    await asyncio.to_thread(RemoteAgent(bridge, "translator").run)
                assert not any("human" in name for body in calls for name in body)
                with pytest.raises(TypeError, match="human_origin"):
                    RemoteAgent(bridge, "translator", human_origin=human)

        asyncio.run(main())

    def test_an_output_that_is_no_dict(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                answering(fake, lambda body, value: [1, b"\x00"])
                assert await RemoteAgent(bridge, "list").run_async() == {"result": [1, b"\x00"]}

        asyncio.run(main())

    def test_kaizens_session_id_is_an_input_like_any_other(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                answering(fake, lambda body, value: value)
                agent = RemoteAgent(bridge, "echo")
                assert await agent.run_async(session_id="s", a=1) == {"session_id": "s", "a": 1}
                assert await asyncio.to_thread(agent.run, session_id="s") == {"session_id": "s"}
                assert await agent.run_async(a=1) == {"a": 1}

        asyncio.run(main())

    def test_progress_comes_on_the_callers_thread_and_before_the_end(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):

                def answer(body: dict[str, Any], value: Any) -> Any:
                    for step in (1, 2, 3):
                        fake.send(frames.PROGRESS, {"call": body["call"], "value": encode({"step": step})})
                    fake.send(frames.PROGRESS, {"call": body["call"], "value": b"\xc1"})
                    return "done"

                answering(fake, answer)
                told: list[tuple[Any, int]] = []

                def listen(value: Any) -> None:
                    told.append((value["step"], threading.get_ident()))
                    if value["step"] == 2:
                        raise RuntimeError("a listener's fault")

                agent = RemoteAgent(bridge, "slow", on_progress=listen)
                assert await agent.run_async() == {"result": "done"}
                await until(lambda: len(told) == 3)
                assert told == [(step, threading.get_ident()) for step in (1, 2, 3)]
                told.clear()

                def in_thread() -> None:
                    agent.run()
                    assert told == [(step, threading.get_ident()) for step in (1, 2, 3)]

                await asyncio.to_thread(in_thread)

        asyncio.run(main())

    def test_progress_for_a_loop_that_is_closed_ends_nothing_else(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                calls = answering(fake, lambda body, value: None if body["agent"] == "slow" else "fine")
                told: list[Any] = []
                loop = asyncio.new_event_loop()

                def begin_and_leave() -> None:
                    task = loop.create_task(RemoteAgent(bridge, "slow", on_progress=told.append).run_async())
                    while not calls:
                        loop.run_until_complete(asyncio.sleep(0.01))
                    task._log_destroy_pending = False  # it is left alone on purpose
                    loop.close()

                await asyncio.to_thread(begin_and_leave)
                fake.send(frames.PROGRESS, {"call": calls[0]["call"], "value": encode(1)})
                assert await soon(RemoteAgent(bridge, "other").run_async()) == {"result": "fine"}
                assert told == [] and len(fake.hellos) == 1

        asyncio.run(main())

    @pytest.mark.parametrize("code", ["EXCEPTION", "DENIED", "NOT_FOUND", "CANCELLED", "DEADLINE", "VALUE", "TOO_LARGE"])
    def test_errors_are_raised_and_not_returned(self, tmp_path: Path, code: str) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                failing(fake, code, "it went wrong", type="Oops", traceback="at x", remedy="Do better.")
                agent = RemoteAgent(bridge, "bad")
                for call in (agent.run_async, lambda: asyncio.to_thread(agent.run)):
                    with pytest.raises(RemoteAgentError, match="it went wrong Do better.") as raised:
                        await call()
                    error = raised.value
                    assert (error.code, error.type, error.traceback, error.remedy) == (code, "Oops", "at x", "Do better.")

        asyncio.run(main())

    def test_an_input_that_cannot_cross(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                calls = answering(fake, echo)
                with pytest.raises(RemoteAgentError, match=r"input of translator \$\.rows\[1\].*function") as raised:
                    await RemoteAgent(bridge, "translator").run_async(rows=[1, lambda: 2])
                assert raised.value.code == "VALUE"
                with pytest.raises(RemoteAgentError, match="33554432") as raised:
                    await RemoteAgent(bridge, "translator").run_async(blob=bytes(33_554_000))
                assert raised.value.code == "TOO_LARGE"
                assert calls == []

        asyncio.run(main())

    def test_an_output_that_cannot_be_read(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                fake.on_invoke = lambda body: fake.send(
                    frames.RESULT, {"call": body["call"], "output": b"\xc7\x00\x63"}
                )
                with pytest.raises(RemoteAgentError, match="output of odd .*extension type 99") as raised:
                    await RemoteAgent(bridge, "odd").run_async()
                assert raised.value.code == "VALUE"

        asyncio.run(main())

    def test_a_cancelled_task_cancels_the_call(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                calls = answering(fake, lambda body, value: None if body["agent"] == "never" else "here")
                task = asyncio.create_task(RemoteAgent(bridge, "never").run_async())
                await until(lambda: calls)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await until(lambda: any(frame.type == frames.CANCEL for frame in fake.frames))
                (cancel,) = [frame.body for frame in fake.frames if frame.type == frames.CANCEL]
                assert cancel["call"] == calls[0]["call"]
                # An answer that comes all the same is dropped.
                fake.send(frames.RESULT, {"call": cancel["call"], "output": encode(1)})
                assert await RemoteAgent(bridge, "other").run_async() == {"result": "here"}

        asyncio.run(main())

    def test_a_timeout_ends_the_call(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                calls = answering(fake, lambda body, value: None)
                with pytest.raises(RemoteAgentError, match="within 50 ms") as raised:
                    await asyncio.to_thread(RemoteAgent(bridge, "never", timeout=0.05).run)
                assert raised.value.code == "DEADLINE"
                assert calls[0]["deadline_ms"] == 50
                await until(lambda: fake.frames[-1].type == frames.CANCEL)

        asyncio.run(main())

    def test_many_threads_and_tasks_at_a_time(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                answering(fake, lambda body, value: value)
                agent = RemoteAgent(bridge, "echo")
                blocking = [asyncio.to_thread(agent.run, n=n) for n in range(200)]
                native = [agent.run_async(n=n) for n in range(200, 2000)]
                results = await soon(asyncio.gather(*blocking, *native))
                assert [r["n"] for r in results] == list(range(2000))

        asyncio.run(main())

    def test_no_more_at_a_time_than_a_bridge_takes(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                waiting: list[int] = []
                most = 0

                def on_invoke(body: dict[str, Any]) -> None:
                    nonlocal most
                    waiting.append(body["call"])
                    most = max(most, len(waiting))
                    if len(waiting) == 1:
                        asyncio.get_running_loop().call_later(0.05, answer)

                def answer() -> None:
                    while waiting:
                        fake.send(frames.RESULT, {"call": waiting.pop(), "output": encode(True)})

                fake.on_invoke = on_invoke
                agent = RemoteAgent(bridge, "slow")
                await soon(asyncio.gather(*[agent.run_async() for _ in range(2 * CALLS_AT_A_TIME)]))
                assert 1 < most <= CALLS_AT_A_TIME

        asyncio.run(main())


class TestTheConnection:
    def test_a_call_outlives_a_cut(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                calls = answering(fake, lambda body, value: None)
                task = asyncio.create_task(RemoteAgent(bridge, "slow").run_async(n=1))
                await until(lambda: calls)
                await fake.cut()
                await soon(fake.joined.wait())
                fake.send(frames.RESULT, {"call": calls[0]["call"], "output": encode({"ok": True})})
                assert await soon(task) == {"ok": True}
                assert len(calls) == 1

        asyncio.run(main())

    def test_a_lost_session_leaves_the_outcome_unknown(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                calls = answering(fake, lambda body, value: None if value["n"] == 1 else value)
                lost = asyncio.create_task(RemoteAgent(bridge, "slow").run_async(n=1))
                await until(lambda: calls)
                fake.session_id = None
                await fake.cut()
                with pytest.raises(RemoteAgentError, match="unknown") as raised:
                    await soon(lost)
                assert raised.value.code == "DISCONNECTED"
                await soon(fake.joined.wait())
                # The new session counts from the start, so the old call's end does not end the new one.
                assert await soon(RemoteAgent(bridge, "slow").run_async(n=2)) == {"n": 2}
                assert [body["call"] for body in calls] == [1, 1]

        asyncio.run(main())

    def test_calls_that_wait_when_the_bridge_is_closed(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                calls = answering(fake, lambda body, value: None)
                agent = RemoteAgent(bridge, "never")
                waiting = [asyncio.create_task(agent.run_async()), asyncio.create_task(asyncio.to_thread(agent.run))]
                await until(lambda: len(calls) == 2)
                await asyncio.to_thread(bridge.close)
                for task in waiting:
                    with pytest.raises(RemoteAgentError) as raised:
                        await soon(task)
                    assert raised.value.code == "DISCONNECTED"
                with pytest.raises(RemoteAgentError, match="was not called") as raised:
                    await agent.run_async()
                assert raised.value.code == "CLOSED"
                assert fake.left.is_set()

        asyncio.run(main())

    def test_calls_while_it_is_being_closed_all_end(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                answering(fake, lambda body, value: value)
                agent = RemoteAgent(bridge, "echo")
                ends: list[str] = []

                def call_on() -> None:
                    try:
                        while True:
                            agent.run()
                    except RemoteAgentError as error:
                        ends.append(error.code)

                threads = [threading.Thread(target=call_on) for _ in range(8)]
                for thread in threads:
                    thread.start()
                await asyncio.sleep(0.1)
                await asyncio.to_thread(bridge.close)
                for thread in threads:
                    await asyncio.to_thread(thread.join, 10)
                assert len(ends) == 8
                assert set(ends) <= {"CLOSED", "DISCONNECTED"}

        asyncio.run(main())

    def test_a_bridge_that_refuses(self, tmp_path: Path) -> None:
        async def main() -> None:
            from fake_bridge import FakeBridge

            async with FakeBridge() as fake:
                fake.refuse = ("TOKEN_INVALID", "the token was used", "Make another.")
                bridge = Bridge(fake.url, {"planner": None}, keys=tmp_path / "k.json", token=fake.token())
                with pytest.raises(LoginRefusedError, match="the token was used") as raised:
                    await asyncio.to_thread(bridge.open)
                assert raised.value.code == "TOKEN_INVALID"
                with pytest.raises(RemoteAgentError) as closed:
                    await RemoteAgent(bridge, "x").run_async()
                assert closed.value.code == "CLOSED"

        asyncio.run(main())

    def test_a_bridge_that_is_not_there(self, tmp_path: Path) -> None:
        started = time.monotonic()
        bridge = Bridge(
            "ws://127.0.0.1:9",
            {"planner": None},
            keys=tmp_path / "k.json",
            token=_token(),
            join_timeout=0.3,
        )
        with pytest.raises(StartError, match="did not let the agents in within 0.3 s"), bridge:
            pass
        assert time.monotonic() - started < 10

    def test_what_is_missing_is_said_when_it_is_made(self, tmp_path: Path) -> None:
        with pytest.raises(StartError, match="No agent is named"):
            Bridge("ws://127.0.0.1:1", {}, keys=tmp_path / "k.json")
        with pytest.raises(StartError, match="could be any"):
            Bridge("ws://127.0.0.1:1", {"a": None}, keys=tmp_path / "k.json")
        with pytest.raises(StartError, match="no key for a.*keygen"):
            Bridge("ws://127.0.0.1:1", {"a": None}, keys=tmp_path / "k.json", bridge_key=base64_of(bytes(32)))
        with pytest.raises(StartError, match="in the clear"):
            Bridge("ws://192.0.2.1:1", {"a": None}, keys=tmp_path / "k.json", token=_token())
        with pytest.raises(StartError, match=r"agents\['a'\] is a int"):
            Bridge("ws://127.0.0.1:1", {"a": 5}, keys=tmp_path / "k.json", token=_token())

    def test_the_bridge_is_known_the_next_time(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                assert bridge.agent_ids == {"planner": "agent-planner"}
                keys = {a["name"]: a["public_key"] for a in fake.joins[-1]["agents"]}
                await asyncio.to_thread(bridge.close)
                async with Bridge(fake.url, {"planner": None}, keys=tmp_path / "keys.json"):
                    assert fake.joins[-1]["token"] is None
                    assert {a["name"]: a["public_key"] for a in fake.joins[-1]["agents"]} == keys

        asyncio.run(main())

    def test_it_serves_meanwhile(self, tmp_path: Path) -> None:
        async def main() -> None:
            served = {"planner": lambda goal: f"a plan for {goal}", "caller": None}
            async with opened(tmp_path, served) as (fake, bridge):
                assert await soon(fake.call("planner", {"goal": "lunch"})) == "a plan for lunch"
                with pytest.raises(Failed) as raised:
                    await soon(fake.call("caller", {}))
                assert raised.value.code == "NOT_FOUND"
                assert {a["name"]: a["kind"] for a in fake.joins[-1]["agents"]} == {
                    "planner": "function",
                    "caller": "caller",
                }

        asyncio.run(main())


def _token() -> str:
    from fake_bridge import FakeBridge

    return FakeBridge().token()


class TestWithinAnInvocation:
    def test_it_is_part_of_the_invocation(self) -> None:
        anywhere = RemoteAgent(None, "translator")

        def blocking(text: str) -> Any:
            return anywhere.run(text=text)

        async def native(text: str) -> Any:
            return await RemoteAgent.of_current_invocation("translator", capabilities=["translate"]).run_async(text=text)

        async def main() -> None:
            async with joined({"blocking": blocking, "native": native}) as (fake, _):
                calls = answering(fake, lambda body, value: {"t": value["text"].upper()})
                trace = {"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01", "tracestate": "x=1"}
                for name in ("blocking", "native"):
                    number, answer = fake.start(name, {"text": "abc"}, trace=trace, deadline_ms=60_000)
                    assert await soon(answer) == {"t": "ABC"}
                    body = calls.pop()
                    assert (body["as"], body["within"], body["trace"]) == (name, number, trace)
                    assert 50_000 < body["deadline_ms"] <= 60_000
                    assert "task_id" not in body and "human_origin" not in body
                    assert body.get("capabilities") == (["translate"] if name == "native" else None)

        asyncio.run(main())

    def test_a_bridge_of_the_programs_own(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with opened(tmp_path, {"planner": lambda: agent.run(), "other": None}) as (fake, bridge):
                agent = RemoteAgent(bridge, "translator")
                as_other = RemoteAgent(bridge, "translator", as_agent="other")
                calls = answering(fake, lambda body, value: "x")
                number, answer = fake.start("planner", {})
                await soon(answer)
                assert (calls[-1]["as"], calls[-1]["within"]) == ("planner", number)
                # Another agent has no part in it.
                await as_other.run_async()
                assert calls[-1]["as"] == "other" and calls[-1].get("within") is None

        asyncio.run(main())

    def test_outside_there_is_no_bridge(self) -> None:
        for make in (lambda: RemoteAgent(None, "x").run(), lambda: RemoteAgent.of_current_invocation("x")):
            with pytest.raises(BridgeError, match="no invocation that came over"):
                make()

    def test_it_ends_with_the_invocation(self) -> None:
        seen: list[BaseException] = []

        def blocking() -> Any:
            try:
                return RemoteAgent(None, "never").run()
            except BaseException as error:
                seen.append(error)
                raise

        async def native() -> Any:
            return await RemoteAgent(None, "never").run_async()

        async def main() -> None:
            async with joined({"blocking": blocking, "native": native}) as (fake, worker):
                calls = answering(fake, lambda body, value: None)
                for name in ("blocking", "native"):
                    number, answer = fake.start(name, {})
                    await until(lambda: calls)
                    inner = calls.pop()["call"]
                    fake.send(frames.CANCEL, {"call": number, "reason": "enough"})
                    with pytest.raises(Failed) as raised:
                        await soon(answer)
                    assert raised.value.code == "CANCELLED"
                    cancelled = [f.body["call"] for f in fake.frames if f.type == frames.CANCEL]
                    assert cancelled[-1:] == [inner]
                await until(lambda: seen)
                assert isinstance(seen[0], InvocationCancelledError)

        asyncio.run(main())

    def test_after_the_invocation_nothing_is_called(self) -> None:
        late: list[Any] = []
        over = threading.Event()

        def careless() -> str:
            import contextvars

            context = contextvars.copy_context()

            def later() -> None:
                over.wait(10)
                try:
                    late.append(RemoteAgent(None, "x").run())
                except BaseException as error:
                    late.append(error)

            threading.Thread(target=context.run, args=(later,)).start()
            return "back"

        async def main() -> None:
            async with joined({"careless": careless}) as (fake, _):
                calls = answering(fake, lambda body, value: "y")
                assert await soon(fake.call("careless", {})) == "back"
                over.set()
                await until(lambda: late)
                assert isinstance(late[0], InvocationCancelledError)
                assert calls == []

        asyncio.run(main())

    def test_run_on_the_connections_own_loop_is_refused(self) -> None:
        async def native() -> Any:
            return RemoteAgent(None, "x").run()

        async def main() -> None:
            async with joined({"native": native}) as (fake, _):
                with pytest.raises(Failed, match="would block the event loop") as failed:
                    await soon(fake.call("native", {}))
                assert "run_async" in failed.value.body["remedy"]

        asyncio.run(main())

    @pytest.mark.parametrize("code", ["NOT_FOUND", "TOO_LARGE", "DENIED", "VALUE"])
    def test_its_failure_is_the_callers_own(self, code: str) -> None:
        async def native() -> Any:
            return await RemoteAgent(None, "x").run_async()

        async def main() -> None:
            async with joined({"native": native}) as (fake, _):
                failing(fake, code, "no such luck")
                with pytest.raises(Failed) as raised:
                    await soon(fake.call("native", {}))
                assert (raised.value.code, raised.value.body["type"]) == ("EXCEPTION", "RemoteAgentError")
                assert "no such luck" in raised.value.body["message"]

        asyncio.run(main())

    def test_progress_can_be_passed_on(self) -> None:
        def blocking() -> Any:
            invocation = current_invocation()
            assert invocation is not None
            return RemoteAgent(None, "slow", on_progress=lambda p: invocation.report(["passed on", p])).run()

        async def main() -> None:
            async with joined({"blocking": blocking}) as (fake, _):

                def answer(body: dict[str, Any], value: Any) -> Any:
                    fake.send(frames.PROGRESS, {"call": body["call"], "value": encode(1)})
                    fake.send(frames.PROGRESS, {"call": body["call"], "value": encode(2)})
                    return "done"

                answering(fake, answer)
                number, future = fake.start("blocking", {})
                assert await soon(future) == {"result": "done"}
                assert fake.progress[number] == [["passed on", 1], ["passed on", 2]]

        asyncio.run(main())


class TestAsKaizensOwn:
    @pytest.fixture(autouse=True)
    def _kaizen(self) -> None:
        pytest.importorskip("kaizen.core.base_agent", reason="needs kailash-kaizen")

    def test_it_is_a_base_agent(self) -> None:
        from kaizen.core.base_agent import BaseAgent

        agent = RemoteAgent(None, "translator")
        assert isinstance(agent, BaseAgent)
        assert agent.agent_id == "translator"
        assert agent.to_a2a_card().agent_id == "translator"

    def test_kaizens_pipelines_take_it(self, tmp_path: Path) -> None:
        pipelines = pytest.importorskip("kaizen_agents.patterns.pipeline", reason="needs kaizen-agents")

        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                answering(fake, lambda body, value: {"result": f"{body['agent']}({sorted(value)})"})
                agents = [RemoteAgent(bridge, name) for name in ("first", "second")]
                in_turn = await asyncio.to_thread(pipelines.Pipeline.sequential(agents=agents).run, text="x")
                assert "second" in json.dumps(in_turn) and "first" in json.dumps(in_turn)
                at_once = await asyncio.to_thread(pipelines.Pipeline.parallel(agents=agents).run, text="x")
                assert "first" in json.dumps(at_once) and "second" in json.dumps(at_once)
                as_one = pipelines.Pipeline.sequential(agents=agents).to_agent(name="both")
                assert "second" in json.dumps(await asyncio.to_thread(as_one.run, text="x"))

        asyncio.run(main())

    def test_hooks_see_it(self, tmp_path: Path) -> None:
        from kaizen.core.autonomy.hooks.manager import HookManager
        from kaizen.core.autonomy.hooks.types import HookEvent, HookResult

        async def main() -> None:
            async with opened(tmp_path, {"planner": None}) as (fake, bridge):
                answering(fake, lambda body, value: value)
                agent = RemoteAgent(bridge, "echo")
                seen: list[Any] = []

                async def hook(context: Any) -> HookResult:
                    seen.append(context.event_type)
                    return HookResult(success=True)

                agent.hook_manager = HookManager()
                agent.hook_manager.register(HookEvent.PRE_AGENT_LOOP, hook)
                agent.hook_manager.register(HookEvent.POST_AGENT_LOOP, hook)
                await agent.run_async(a=1)
                assert seen == [HookEvent.PRE_AGENT_LOOP, HookEvent.POST_AGENT_LOOP]

        asyncio.run(main())


def test_the_package_imports_no_kaizen() -> None:
    code = (
        "import sys, kaizen_eatp_bridge as k; k.Bridge; k.current_invocation; "
        "assert not {'kaizen', 'kailash', 'kaizen_eatp_bridge.remote_agent'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


def test_without_kaizen_it_is_a_plain_agent(tmp_path: Path) -> None:
    script = tmp_path / "plain.py"
    script.write_text(
        "import asyncio, sys\n"
        "class None_:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('kaizen', 'kailash', 'kaizen_agents'): raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, None_())\n"
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name.startswith('kai') and 'eatp' not in name else real(name, *a)\n"
        f"sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parent.parent)]!r}\n"
        "from joined import HUMAN, answering, opened\n"
        "from kaizen_eatp_bridge import RemoteAgent\n"
        "from pathlib import Path\n"
        "async def main():\n"
        f"    async with opened(Path({str(tmp_path)!r}), {{'planner': None}}) as (fake, bridge):\n"
        "        answering(fake, lambda body, value: value)\n"
        "        agent = RemoteAgent(bridge, 'echo')\n"
        "        assert await agent.run_async(a=1) == {'a': 1}\n"
        "        assert await asyncio.to_thread(agent.run, a=2, session_id='s') == {'a': 2, 'session_id': 's'}\n"
        "        assert not any(name.split('.')[0] == 'kaizen' for name in sys.modules)\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, str(script)], check=True)


def test_the_deadline_is_what_is_left_of_both() -> None:
    from kaizen_eatp_bridge.context import Invocation
    from kaizen_eatp_bridge.remote_caller import RemoteCaller

    options: dict[str, Any] = dict.fromkeys(
        ("as_agent", "capabilities", "constraints", "task_id", "on_progress")
    )
    invocation = Invocation("a", 1, deadline=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=10))
    assert RemoteCaller(None, "x", timeout=2.0, **options)._deadline_ms(invocation) == 2000
    assert 9_000 < (RemoteCaller(None, "x", timeout=60.0, **options)._deadline_ms(invocation) or 0) <= 10_000
    assert RemoteCaller(None, "x", timeout=None, **options)._deadline_ms(None) is None
