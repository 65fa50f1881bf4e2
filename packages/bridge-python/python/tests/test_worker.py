"""A worker's invocations: one end for each, in time, and no more at a time than it announced."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from typing import Any

import pytest
from fake_bridge import FakeBridge, Failed
from joined import credentials_for, joined, soon, until
from nacl.signing import SigningKey

from kaizen_eatp_bridge import current_invocation, frames
from kaizen_eatp_bridge.adapters import adapt
from kaizen_eatp_bridge.context import Facts, Invocation
from kaizen_eatp_bridge.errors import ProofRefusedError
from kaizen_eatp_bridge.values import encode
from kaizen_eatp_bridge.worker import Worker


def invoke(call: int, agent: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"call": call, "agent": agent, "input": encode(value), **more}


async def failure(answer: Any) -> Failed:
    with pytest.raises(Failed) as raised:
        await soon(answer)
    return raised.value


def ends(bridge: FakeBridge) -> list[tuple[int, int]]:
    return [(f.type, f.body["call"]) for f in bridge.frames if f.type in (frames.RESULT, frames.FAIL)]


class TestEnds:
    @pytest.mark.parametrize("kind", [StopIteration, asyncio.CancelledError, GeneratorExit])
    def test_an_exception_that_means_something_to_python_itself_ends_the_call(self, kind: type[BaseException]) -> None:
        def blocking(n: int) -> None:
            raise kind

        async def native(n: int) -> None:
            raise kind

        async def main() -> None:
            async with joined({"blocking": blocking, "native": native, "echo": lambda v: v}) as (bridge, _):
                for name in ("blocking", "native"):
                    error = await failure(bridge.call(name, {"n": 1}))
                    assert error.code == "EXCEPTION"
                    assert await soon(bridge.call("echo", 1)) == 1

        asyncio.run(main())

    def test_cancelled_in_the_message_that_invokes_it(self) -> None:
        ran: list[Any] = []

        async def main() -> None:
            async with joined({"native": _coroutine(ran), "blocking": lambda n: n}) as (bridge, worker):
                for agent in ("native", "blocking"):
                    number, answer = bridge.start(agent, {"n": agent})
                    bridge.send(frames.CANCEL, {"call": number, "reason": "never mind"})
                    error = await failure(answer)
                    assert (error.code, error.body["message"]) == ("CANCELLED", "The invocation was stopped: never mind")
                await until(lambda: worker.in_flight == 0)
                # A thread may have begun by then; a coroutine has not.
                assert "native" not in ran

        asyncio.run(main())

    def test_the_bridge_leaves_in_the_message_that_invokes(self) -> None:
        ran: list[int] = []

        async def main() -> None:
            async with joined({"native": _coroutine(ran)}) as (bridge, worker):
                bridge.start("native", {"n": 1})
                bridge.send(frames.BYE, {"reason": "done here"})
                await until(lambda: len(bridge.hellos) == 2)
                await soon(bridge.joined.wait())
                assert worker.in_flight == 0
                assert await soon(bridge.call("native", {"n": 2})) == 2
                # Nothing of the first session came in the second.
                assert ends(bridge) == [(frames.RESULT, 1)]
                assert ran == [2]

        asyncio.run(main())

    @pytest.mark.parametrize("agent", ["native", "blocking"])
    def test_a_call_that_is_over_is_not_left_to_the_garbage_collector(self, agent: str) -> None:
        async def main() -> None:
            async with joined({"native": _coroutine([]), "blocking": lambda n: n}) as (bridge, worker):
                await soon(bridge.call(agent, {"n": 0}))
                gc.collect()
                gc.disable()
                try:
                    for n in range(20):
                        await soon(bridge.call(agent, {"n": n}))
                    await until(lambda: worker.in_flight == 0)
                    await asyncio.sleep(0)
                    left = sum(isinstance(thing, Invocation) and thing.agent == agent for thing in gc.get_objects())
                finally:
                    gc.enable()
                # A thread may hold the last one until it has its next.
                assert left <= 2

        asyncio.run(main())

    def test_a_deadline_of_nothing(self) -> None:
        async def main() -> None:
            async with joined({"native": _sleeper([])}) as (bridge, _):
                assert (await failure(bridge.call("native", {}, deadline_ms=0))).code == "DEADLINE"

        asyncio.run(main())

    def test_a_native_agent_is_cancelled_and_may_clean_up(self) -> None:
        cleaned: list[str] = []

        async def main() -> None:
            async with joined({"native": _sleeper(cleaned)}) as (bridge, _):
                number, answer = bridge.start("native", {})
                await until(lambda: cleaned == ["begun"])
                bridge.send(frames.CANCEL, {"call": number, "reason": "enough"})
                assert (await failure(answer)).code == "CANCELLED"
                assert cleaned == ["begun", "cleaned"]

        asyncio.run(main())

    def test_a_blocking_agent_can_look_whether_it_is_cancelled(self) -> None:
        seen: list[Any] = []

        def blocking() -> None:
            invocation = current_invocation()
            assert invocation is not None
            seen.append("begun")
            while not invocation.is_cancelled:
                time.sleep(0.005)
            try:
                invocation.report("late")
            except Exception as error:
                seen.append(type(error).__name__)

        async def main() -> None:
            async with joined({"blocking": blocking}) as (bridge, _):
                number, answer = bridge.start("blocking", {})
                await until(lambda: seen)
                bridge.send(frames.CANCEL, {"call": number, "reason": "enough"})
                assert (await failure(answer)).code == "CANCELLED"
                await until(lambda: len(seen) == 2)
                assert seen == ["begun", "InvocationCancelledError"]
                assert bridge.progress == {}

        asyncio.run(main())

    def test_each_code(self) -> None:
        def broken() -> None:
            raise LookupError("no such row; api_key=abc123secret")

        async def main() -> None:
            agents = {"broken": broken, "unwritable": lambda: [print], "large": lambda: bytes(2000), "echo": lambda v: v}
            async with joined(agents, terms={"max_message": 2000}) as (bridge, _):
                error = await failure(bridge.call("broken", {}))
                assert (error.code, error.body["type"]) == ("EXCEPTION", "LookupError")
                assert "no such row" in error.body["message"] and "abc123" not in str(error.body)
                assert "def broken" in error.body["traceback"] or "in broken" in error.body["traceback"]
                error = await failure(bridge.call("unwritable", {}))
                assert error.code == "VALUE" and "output $" in error.body["message"]
                error = await failure(bridge.call("echo", None, payload=b"\xc7\x00\x63"))
                assert error.code == "VALUE" and "input $" in error.body["message"]
                error = await failure(bridge.call("large", {}))
                assert error.code == "TOO_LARGE" and "2000" in error.body["message"]
                assert (await failure(bridge.call("nobody", {}))).code == "NOT_FOUND"

        asyncio.run(main())

    def test_a_refused_proof_runs_nothing(self) -> None:
        ran: list[int] = []

        class Refuses:
            async def check(self, agent_id: str, proof: Any, payload: bytes, audience: str) -> Facts:
                asked.append((agent_id, audience))
                raise ProofRefusedError("not delegated")

        asked: list[tuple[str, str]] = []

        async def main() -> None:
            async with joined({"native": _coroutine(ran)}, verifier=Refuses()) as (bridge, _):
                for _call in range(2):
                    assert (await failure(bridge.call("native", {"n": 1}))).code == "REFUSED"
                assert ran == []
                session = bridge.hellos[0]["session"].hex()
                assert asked == [("agent-native", f"{session}/{number}") for number in (1, 2)]

        asyncio.run(main())


class TestInFlight:
    def test_more_than_it_said_is_refused_and_the_session_goes_on(self) -> None:
        gate = threading.Event()

        async def main() -> None:
            async with joined({"wait": lambda: gate.wait(10)}, max_in_flight=2) as (bridge, worker):
                assert bridge.joins[0]["max_in_flight"] == 2
                answers = [bridge.start("wait", {})[1] for _ in range(2)]
                await until(lambda: worker.in_flight == 2)
                bridge.start("wait", {})
                await until(lambda: worker.link.counts.refused_frames == 1)
                gate.set()
                # It is not taken, so it comes again when the session is resumed, and there is room then.
                await soon(bridge.joined.wait())
                assert await soon(asyncio.gather(*answers, bridge.calls[3])) == [True] * 3
                assert 4400 in bridge.closes
                assert bridge.hellos[-1]["resume"] is True

        asyncio.run(main())

    def test_a_call_that_is_under_way_is_refused(self) -> None:
        async def main() -> None:
            async with joined({"native": _sleeper([])}) as (bridge, worker):
                bridge.start("native", {})
                await until(lambda: worker.in_flight == 1)
                bridge.send(frames.INVOKE, invoke(1, "native", {}))
                await until(lambda: worker.link.counts.refused_frames == 1)
                assert worker.in_flight == 1

        asyncio.run(main())

    def test_blocking_agents_run_as_many_at_a_time_as_there_are_threads(self) -> None:
        lock = threading.Lock()
        now = most = 0

        def blocking() -> None:
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.01)
            with lock:
                now -= 1

        async def main() -> None:
            async with joined({"blocking": blocking}, threads=3) as (bridge, _):
                await soon(asyncio.gather(*[bridge.call("blocking", {}) for _ in range(30)]))
                assert most == 3

        asyncio.run(main())

    def test_several_workers_in_one_process(self) -> None:
        async def main() -> None:
            async with FakeBridge() as one, FakeBridge() as two:
                workers = [
                    Worker(bridge.url, credentials_for(bridge, "who"), {"who": adapt(lambda n=n: n, "who")})
                    for n, bridge in enumerate((one, two))
                ]
                tasks = [asyncio.create_task(worker.run()) for worker in workers]
                await soon(asyncio.gather(one.joined.wait(), two.joined.wait()))
                calls = [bridge.call("who", {}) for _ in range(50) for bridge in (one, two)]
                assert await soon(asyncio.gather(*calls)) == [0, 1] * 50
                for worker in workers:
                    await worker.stop(1)
                await soon(asyncio.gather(*tasks))

        asyncio.run(main())

    def test_ten_thousand_one_after_the_other_leave_nothing_behind(self) -> None:
        async def main() -> None:
            async with joined({"echo": _coroutine([])}, max_in_flight=64) as (bridge, worker):

                async def lane() -> None:
                    for n in range(200):
                        assert await bridge.call("echo", {"n": n}) == n

                await soon(asyncio.gather(*[lane() for _ in range(50)]))
                await until(lambda: worker.in_flight == 0)
                assert worker.link.session.is_settled or await worker.link.settle(5)
                assert worker.link.counts.refused_frames == 0

        asyncio.run(main())


class TestProgress:
    def test_it_waits_while_the_window_is_full(self) -> None:
        sent: list[int] = []

        def blocking() -> str:
            invocation = current_invocation()
            assert invocation is not None
            for n in range(20):
                invocation.report(n)
                sent.append(n)
            return "done"

        async def main() -> None:
            async with joined({"blocking": blocking}, terms={"window": 4}) as (bridge, _):
                bridge.sends_acks = False
                number, answer = bridge.start("blocking", {})
                await until(lambda: len(sent) >= 4)
                await asyncio.sleep(0.1)
                assert len(sent) == 4
                bridge.sends_acks = True
                bridge._put(bridge.session.ack())
                assert await soon(answer) == "done"
                assert bridge.progress[number] == list(range(20))

        asyncio.run(main())

    def test_it_learns_that_a_coroutine_must_not_block(self) -> None:
        async def native() -> None:
            invocation = current_invocation()
            assert invocation is not None
            await invocation.report_async({"at": 1})
            invocation.report({"at": 2})

        async def main() -> None:
            async with joined({"native": native}) as (bridge, _):
                number, answer = bridge.start("native", {})
                error = await failure(answer)
                assert "report_async" in error.body["remedy"]
                assert bridge.progress[number] == [{"at": 1}]

        asyncio.run(main())


class TestDrain:
    def test_it_ends_what_is_under_way_and_leaves(self) -> None:
        gate = threading.Event()

        async def main() -> None:
            async with joined({"wait": lambda: gate.wait(10)}) as (bridge, worker):
                answer = bridge.start("wait", {})[1]
                await until(lambda: worker.in_flight == 1)
                stopping = asyncio.create_task(worker.stop(10))
                await soon(bridge.drained.wait())
                assert not bridge.left.is_set()
                gate.set()
                assert await soon(answer) is True
                await soon(stopping)
                assert bridge.left.is_set()
                kinds = [f.type for f in bridge.frames]
                assert kinds == [frames.DRAIN, frames.RESULT, frames.BYE]

        asyncio.run(main())

    def test_what_takes_too_long_is_cancelled(self) -> None:
        async def main() -> None:
            cleaned: list[str] = []
            async with joined({"native": _sleeper(cleaned)}) as (bridge, worker):
                answer = bridge.start("native", {})[1]
                await until(lambda: worker.in_flight == 1)
                await soon(worker.stop(0.1, "time is up"))
                error = await failure(answer)
                assert (error.code, error.body["message"]) == ("CANCELLED", "The invocation was stopped: time is up")
                assert bridge.left.is_set() and cleaned == ["begun", "cleaned"]

        asyncio.run(main())


def test_the_keys_are_what_joins() -> None:
    async def main() -> None:
        key = SigningKey(bytes(32))
        async with FakeBridge() as bridge:
            from kaizen_eatp_bridge.login import Credentials

            worker = Worker(bridge.url, Credentials({"a": key}, bridge.bridge_key), {})
            running = asyncio.create_task(worker.run())
            await soon(bridge.joined.wait())
            assert bridge.joins[0]["agents"][0]["public_key"] == bytes(key.verify_key)
            await until(lambda: dict(worker.agent_ids) == {"a": "agent-a"})
            await worker.stop(1)
            await soon(running)

    asyncio.run(main())


def _coroutine(ran: list[Any]) -> Any:
    async def native(n: int) -> int:
        await asyncio.sleep(0)
        ran.append(n)
        return n

    return native


def _sleeper(seen: list[str]) -> Any:
    async def native() -> None:
        seen.append("begun")
        try:
            await asyncio.sleep(60)
        finally:
            seen.append("cleaned")

    return native
