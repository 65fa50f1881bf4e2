"""Blocking agents in processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fake_bridge import FakeBridge, Failed
from joined import answering, credentials_for, failing, is_alive, soon, until

from kaizen_eatp_bridge import frames
from kaizen_eatp_bridge.loading import load_agent, parse_spec
from kaizen_eatp_bridge.processes import ProcessPool
from kaizen_eatp_bridge.values import encode
from kaizen_eatp_bridge.verdict import Credulous
from kaizen_eatp_bridge.worker import Worker

FILE = Path(__file__).parent / "files" / "blocking_agents.py"


@asynccontextmanager
async def processes(*names: str, count: int = 1) -> AsyncIterator[FakeBridge]:
    """A worker whose agents run in processes."""
    specs = [parse_spec(f"{name}={FILE}:{name}") for name in names]
    async with FakeBridge() as bridge:
        worker = Worker(
            bridge.url,
            credentials_for(bridge, *names),
            {spec.name: load_agent(spec) for spec in specs},
            verifier=Credulous(),
            processes=ProcessPool(specs, count),
        )
        running = asyncio.create_task(worker.run())
        try:
            await soon(bridge.joined.wait())
            yield bridge
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def pid_in(path: Path) -> int:
    await until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


async def failure(call: Any) -> Failed:
    with pytest.raises(Failed) as raised:
        await soon(call)
    return raised.value


def test_values_go_in_and_out_as_what_they_are() -> None:
    async def main() -> None:
        async with processes("echo") as bridge:
            value = {"n": 2**64, "b": b"\x00\xff", "f": 1.0, "pairs": {1: [None, True]}}
            assert await soon(bridge.call("echo", {"value": value})) == value

    asyncio.run(main())


def test_it_is_another_process_and_knows_its_invocation() -> None:
    async def main() -> None:
        async with processes("whoami") as bridge:
            trace = {"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}
            told = await soon(bridge.call("whoami", {}, trace=trace, deadline_ms=60_000))
            assert told["pid"] != os.getpid()
            assert (told["agent"], told["trace"]) == ("whoami", "a" * 32)
            assert told["deadline"].tzinfo is not None
            again = await soon(bridge.call("whoami", {}))
            assert (again["pid"], again["deadline"]) == (told["pid"], None)

    asyncio.run(main())


def test_as_many_at_a_time_as_there_are_processes(tmp_path: Path) -> None:
    async def main() -> None:
        async with processes("sleep", "whoami", count=2) as bridge:
            bridge.start("sleep", {"path": str(tmp_path / "pid")})
            sleeping = await pid_in(tmp_path / "pid")
            pids = {(await soon(bridge.call("whoami", {})))["pid"] for _ in range(4)}
            assert len(pids) == 1 and sleeping not in pids

    asyncio.run(main())


def test_cancel_kills_it_and_the_next_gets_a_new_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with processes("sleep", "whoami") as bridge:
            number, answer = bridge.start("sleep", {"path": str(tmp_path / "pid")})
            pid = await pid_in(tmp_path / "pid")
            bridge.send(frames.CANCEL, {"call": number, "reason": "enough"})
            assert (await failure(answer)).code == "CANCELLED"
            await until(lambda: not is_alive(pid))
            assert (await soon(bridge.call("whoami", {})))["pid"] != pid

    asyncio.run(main())


def test_a_deadline_kills_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with processes("sleep", "echo") as bridge:
            await soon(bridge.call("echo", {"value": "up"}))
            _, answer = bridge.start("sleep", {"path": str(tmp_path / "pid")}, deadline_ms=300)
            pid = await pid_in(tmp_path / "pid")
            assert (await failure(answer)).code == "DEADLINE"
            await until(lambda: not is_alive(pid))

    asyncio.run(main())


def test_what_waits_for_a_process_is_cancelled_without_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with processes("sleep", "echo") as bridge:
            first, _ = bridge.start("sleep", {"path": str(tmp_path / "pid")})
            pid = await pid_in(tmp_path / "pid")
            second, answer = bridge.start("sleep", {"path": str(tmp_path / "never")})
            bridge.send(frames.CANCEL, {"call": second, "reason": "enough"})
            assert (await failure(answer)).code == "CANCELLED"
            assert is_alive(pid)
            bridge.send(frames.CANCEL, {"call": first, "reason": "enough"})
            assert await soon(bridge.call("echo", {"value": 1})) == 1
            assert not (tmp_path / "never").exists()

    asyncio.run(main())


@pytest.mark.parametrize(("kind", "said"), [("exit", "exit code 7"), ("kill", "SIGKILL")])
def test_one_that_ends_is_reported_and_replaced(kind: str, said: str) -> None:
    async def main() -> None:
        async with processes("fail", "echo") as bridge:
            error = await failure(bridge.call("fail", {"kind": kind}))
            assert error.code == "STOPPED"
            assert said in error.body["message"]
            assert await soon(bridge.call("echo", {"value": 1})) == 1

    asyncio.run(main())


def test_killed_from_outside(tmp_path: Path) -> None:
    async def main() -> None:
        async with processes("sleep") as bridge:
            _, answer = bridge.start("sleep", {"path": str(tmp_path / "pid")})
            os.kill(await pid_in(tmp_path / "pid"), signal.SIGKILL)
            assert (await failure(answer)).code == "STOPPED"

    asyncio.run(main())


def test_errors_are_described_and_scrubbed_and_the_process_stays() -> None:
    async def main() -> None:
        async with processes("fail", "whoami") as bridge:
            before = (await soon(bridge.call("whoami", {})))["pid"]
            error = await failure(bridge.call("fail", {"kind": "luck"}))
            assert (error.code, error.body["type"]) == ("EXCEPTION", "ValueError")
            assert "bad luck" in error.body["message"] and "hunter2" not in str(error.body)
            assert "blocking_agents.py" in error.body["traceback"]
            error = await failure(bridge.call("fail", {"kind": "sys-exit"}))
            assert (error.code, error.body["type"]) == ("EXCEPTION", "SystemExit")
            error = await failure(bridge.call("fail", {"kind": "value"}))
            assert error.code == "VALUE" and "output $" in error.body["message"]
            assert "never code" in error.body["remedy"] or "dict of plain values" in error.body["remedy"]
            assert (await soon(bridge.call("whoami", {})))["pid"] == before

    asyncio.run(main())


def test_progress_comes_in_order_and_before_the_end() -> None:
    async def main() -> None:
        async with processes("report") as bridge:
            number, answer = bridge.start("report", {"count": 1000})
            assert await soon(answer) == 1000
            assert bridge.progress[number] == [{"n": n} for n in range(1000)]

    asyncio.run(main())


def test_usage_comes_before_the_end() -> None:
    async def main() -> None:
        async with processes("spend") as bridge:
            number, answer = bridge.start("spend", {"tokens": 12, "cost": 0.5})
            assert await soon(answer) == "spent"
            assert bridge.usage[number] == [(12, 0.5)]

    asyncio.run(main())


class TestCallingAnAgentBehindTheBridge:
    def test_it_is_part_of_the_invocation(self) -> None:
        async def main() -> None:
            async with processes("ask") as bridge:
                calls = answering(bridge, lambda body, value: {"t": value["text"].upper()})
                number, answer = bridge.start("ask", {"text": "abc"})
                assert await soon(answer) == {"answer": {"t": "ABC"}, "told": []}
                assert (calls[0]["as"], calls[0]["within"]) == ("ask", number)

        asyncio.run(main())

    def test_progress_both_ways(self) -> None:
        async def main() -> None:
            async with processes("ask") as bridge:

                def answer(body: dict[str, Any], value: Any) -> Any:
                    for n in (1, 2):
                        bridge.send(frames.PROGRESS, {"call": body["call"], "value": encode(n)})
                    return {"t": 1}

                answering(bridge, answer)
                number, end = bridge.start("ask", {"text": "abc", "progress": True})
                assert (await soon(end))["told"] == [1, 2]
                assert bridge.progress[number] == [["passed on", 1], ["passed on", 2]]

        asyncio.run(main())

    def test_several_tasks(self) -> None:
        async def main() -> None:
            async with processes("ask_many") as bridge:
                answering(bridge, lambda body, value: value)
                assert await soon(bridge.call("ask_many", {"count": 20})) == [{"text": str(n)} for n in range(20)]

        asyncio.run(main())

    def test_it_fails(self) -> None:
        async def main() -> None:
            async with processes("ask") as bridge:
                failing(bridge, "NOT_FOUND", "the bridge serves no agent 'translator'")
                error = await failure(bridge.call("ask", {"text": "abc"}))
                assert (error.code, error.body["type"]) == ("EXCEPTION", "RemoteAgentError")
                assert "serves no agent" in error.body["message"]

        asyncio.run(main())

    def test_cancel_ends_both(self) -> None:
        async def main() -> None:
            async with processes("ask", "echo") as bridge:
                calls = answering(bridge, lambda body, value: None)
                number, answer = bridge.start("ask", {"text": "abc"})
                await until(lambda: calls)
                bridge.send(frames.CANCEL, {"call": number, "reason": "enough"})
                assert (await failure(answer)).code == "CANCELLED"
                assert [f.body["call"] for f in bridge.frames if f.type == frames.CANCEL] == [calls[0]["call"]]
                assert await soon(bridge.call("echo", {"value": 1})) == 1

        asyncio.run(main())

    def test_a_thread_left_behind_says_nothing_in_the_next_ones_name(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with processes("leave_thread", "echo") as bridge:
                calls = answering(bridge, lambda body, value: "called")
                path = tmp_path / "ends"
                assert await soon(bridge.call("leave_thread", {"path": str(path)})) == "left"
                while not (path.exists() and path.read_text()):
                    assert await soon(bridge.call("echo", {"value": 1})) == 1
                    await asyncio.sleep(0.01)
                assert path.read_text() == "InvocationCancelledError,InvocationCancelledError"
                assert calls == [] and bridge.progress == {}

        asyncio.run(main())
