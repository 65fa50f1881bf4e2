"""An agent that harms its process ends its own call; the worker survives it, or comes back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_bridge import FakeBridge, Failed
from joined import joined, soon, until
from test_cli import environment, options, posix, running

from kaizen_eatp_bridge.errors import StartError
from kaizen_eatp_bridge.loading import load_agent, parse_spec

FILE = Path(__file__).parent / "files" / "survival_agents.py"
pytestmark = posix


def agents(bridge: FakeBridge, tmp_path: Path, *names: str, more: tuple[str, ...] = ()) -> list[str]:
    named = [part for name in names for part in ("--agent", f"{name}={FILE}:{name}")]
    return ["join", bridge.url, *named, "--token", bridge.token(), *options(tmp_path), *more]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        *[("exit_hard", {"code": code}, f"os._exit({code})") for code in (0, 2, 134)],
        ("exit_hard_async", {"code": 3}, "os._exit(3)"),
        ("exit_soft", {"code": 2}, "SystemExit"),
        ("exit_soft_async", {"code": 2}, "SystemExit"),
        ("interrupt", {"kind": "x"}, "KeyboardInterrupt"),
        ("interrupt_async", {"kind": "x"}, "KeyboardInterrupt"),
    ],
)
def test_the_worker_survives_an_agent_that_wants_to_end_it(tmp_path: Path, name: str, value: Any, told: str) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge, running(*agents(bridge, tmp_path, name, "slow", "whoami")) as command:
            await command.until("joined")
            pid = await soon(bridge.call("whoami", {}))
            _, other = bridge.start("slow", {"path": str(tmp_path / "go")})
            with pytest.raises(Failed) as failed:
                await soon(bridge.call(name, value))
            assert failed.value.code == "EXCEPTION"
            assert told in failed.value.body["type"] + failed.value.body["message"]
            (tmp_path / "go").touch()
            assert await soon(other) == "done"
            assert await soon(bridge.call("whoami", {})) == pid

    asyncio.run(main())


def test_an_interrupt_in_a_task_of_an_agent_does_not_end_the_event_loop(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge, running(*agents(bridge, tmp_path, "interrupt_in_task")) as command:
            await command.until("joined")
            assert await soon(bridge.call("interrupt_in_task", {"kind": "x"})) == "KeyboardInterrupt()"
            await command.until("an agent's task raised KeyboardInterrupt; the worker goes on")

    asyncio.run(main())


@pytest.mark.parametrize("name", ["fork", "fork_async", "fork_and_exit"])
def test_a_fork_answers_nothing_and_exits(tmp_path: Path, name: str) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge, running(*agents(bridge, tmp_path, name, "echo")) as command:
            await command.until("joined")
            path = tmp_path / "fork"
            answer = await soon(bridge.call(name, {"path": str(path)}))
            assert answer == (7 if name == "fork_and_exit" else "parent")
            assert await soon(bridge.call("echo", {"value": 1})) == 1
            assert not path.exists()
            assert bridge.closes == []

    asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "value", "how"),
    [
        *[("exit_in_thread", {"code": code}, f"ended with code {code}") for code in (0, 1, 2, 3, 127)],
        ("crash", {"number": int(signal.SIGSEGV)}, "was ended by SIGSEGV"),
        ("crash", {"number": int(signal.SIGKILL)}, "was ended by SIGKILL"),
    ],
)
def test_a_worker_that_ends_comes_back_and_says_so(tmp_path: Path, name: str, value: Any, how: str) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge, running(*agents(bridge, tmp_path, name, "whoami")) as command:
            await command.until("joined")
            pid = await soon(bridge.call("whoami", {}))
            bridge.start(name, value)
            await command.until(f"the worker {how}; it is started again")
            await until(lambda: len(bridge.hellos) == 2 and bridge.joined.is_set())
            assert await soon(bridge.call("whoami", {})) != pid
            command.signal(signal.SIGTERM)
            assert await command.exit_code() == 0

    asyncio.run(main())


def test_a_worker_that_cannot_stay_is_given_up(tmp_path: Path) -> None:
    once = tmp_path / "once.py"
    mark = tmp_path / "mark"
    once.write_text(
        f"import os, pathlib\nmark = pathlib.Path({str(mark)!r})\nif mark.exists(): os._exit(7)\nmark.touch()\n"
        "import threading\ndef go(n):\n    threading.Thread(target=os._exit, args=(9,)).start()\n    import time; time.sleep(9)\n"
    )

    async def main() -> None:
        async with FakeBridge() as bridge:
            args = ["join", bridge.url, "--agent", f"go={once}:go", "--token", bridge.token(), *options(tmp_path)]
            async with running(*args, "--restarts", "2") as command:
                await command.until("joined")
                bridge.start("go", {"n": 1})
                assert await command.exit_code() == 7
                assert any("given up after 2 restarts" in line for line in command.lines)

    asyncio.run(main())


def test_agents_are_closed_and_atexit_handlers_run_at_the_end(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            notes = tmp_path / "notes"
            args = agents(bridge, tmp_path, more=("--agent", f"c={FILE}:Closing"))
            async with running(*args, NOTES=str(notes)) as command:
                await command.until("joined")
                assert await soon(bridge.call("c", {"value": 1})) == 1
                command.signal(signal.SIGTERM)
                assert await command.exit_code() == 0
                assert sorted(notes.read_text().split()) == ["atexit", "cleanup", "close"]

    asyncio.run(main())


def test_so_they_are_in_processes(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            notes = tmp_path / "notes"
            args = agents(bridge, tmp_path, more=("--agent", f"c={FILE}:Closing", "--processes", "1"))
            async with running(*args, NOTES=str(notes)) as command:
                await command.until("joined")
                assert await soon(bridge.call("c", {"value": 1})) == 1
                command.signal(signal.SIGTERM)
                assert await command.exit_code() == 0
                assert sorted(notes.read_text().split()) == ["atexit", "atexit", "cleanup", "cleanup", "close", "close"]

    asyncio.run(main())


@pytest.mark.parametrize("target", ["Handles", "own_loop"])
def test_an_agent_that_needs_the_main_thread_runs_in_a_process(tmp_path: Path, target: str) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            args = agents(bridge, tmp_path, "whoami", more=("--agent", f"a={FILE}:{target}"))
            async with running(*args) as command:
                await command.until("a runs in a process of its own")
                await command.until("joined")
                assert await soon(bridge.call("a", {"seconds": 1} if target == "Handles" else {"value": True})) is True

    asyncio.run(main())


@pytest.mark.parametrize("target", ["Asks", "asks_never", "Approved", "Asks#chat"])
def test_an_agent_that_reads_from_the_keyboard_is_refused_at_join(target: str) -> None:
    with pytest.raises(StartError, match=r"reads from the keyboard \(.*line \d+\).*--allow-input"):
        load_agent(parse_spec(f"a={FILE}:{target}"))


def test_unless_it_is_said_that_it_never_does(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            args = agents(bridge, tmp_path, "asks_never", more=("--allow-input",))
            async with running(*args) as command:
                await command.until("joined")
                assert await soon(bridge.call("asks_never", {"question": "q"})) == "no"
                with pytest.raises(Failed, match="EOF"):
                    await soon(bridge.call("asks_never", {"question": "q", "really": True}))

    asyncio.run(main())


@contextlib.contextmanager
def unread(args: list[str], how: str) -> Iterator[subprocess.Popen[bytes]]:
    """Starts the worker with standard output and error that have no reader.

    Args:
        how: `full`: the pipes of standard error and output are full before it begins, so that the first line that is written
            would wait for ever. `gone`: they have no reader any more.
    """
    read, write = os.pipe()
    if how == "full":
        os.set_blocking(write, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(write, b"x" * 4096)
        os.set_blocking(write, True)
    else:
        os.close(read)
    process = subprocess.Popen(
        [sys.executable, "-m", "kaizen_eatp_bridge", *args],
        stdout=write,
        stderr=write,
        stdin=subprocess.DEVNULL,
        env=environment(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        os.close(write)
        if how == "full":
            os.close(read)


@pytest.mark.parametrize("how", ["full", "gone"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_a_signal_stops_a_worker_whose_output_has_no_reader(
    tmp_path: Path, how: str, number: signal.Signals, busy: bool
) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            args = agents(bridge, tmp_path, "echo", "slow", "chatter", more=("--drain-timeout", "0.5"))
            with unread(args, how) as process:
                await soon(bridge.joined.wait())
                assert await soon(bridge.call("echo", {"value": 1})) == 1
                if busy:
                    # It writes to standard error by itself, and waits there or gets an error.
                    bridge.start("chatter", {"count": 100})[1].add_done_callback(lambda ended: ended.exception())
                answer = bridge.start("slow", {"path": str(tmp_path / "never")})[1] if busy else None
                process.send_signal(number)
                await soon(bridge.left.wait())
                if answer is not None:
                    with pytest.raises(Failed) as failed:
                        await soon(answer)
                    assert failed.value.code == "CANCELLED"
                assert await asyncio.to_thread(process.wait, 60) == 0

    asyncio.run(main())


@pytest.mark.parametrize("how", ["full", "gone"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("exit_in_thread", {"code": code}) for code in (0, 1, 2, 3, 4, 127, 134)],
        ("crash", {"number": int(signal.SIGSEGV)}),
        ("crash", {"number": int(signal.SIGKILL)}),
    ],
)
def test_a_worker_whose_output_has_no_reader_comes_back(tmp_path: Path, how: str, name: str, value: Any) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            with unread(agents(bridge, tmp_path, name, "whoami"), how) as process:
                await soon(bridge.joined.wait())
                pid = await soon(bridge.call("whoami", {}))
                bridge.start(name, value)
                await until(lambda: len(bridge.hellos) == 2 and bridge.joined.is_set())
                assert await soon(bridge.call("whoami", {})) != pid
                process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, 60) == 0

    asyncio.run(main())


def test_sigterm_stops_a_worker_whose_event_loop_an_agent_blocks(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            args = agents(bridge, tmp_path, "block", more=("--drain-timeout", "0.2"))
            async with running(*args) as command:
                await command.until("joined")
                bridge.start("block", {"path": str(tmp_path / "blocked")})
                await until(lambda: (tmp_path / "blocked").exists())
                command.signal(signal.SIGTERM)
                assert await command.exit_code() == 0

    asyncio.run(main())


def test_an_async_factory_runs_on_the_event_loop_that_calls_its_agent(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeBridge() as bridge:
            args = agents(bridge, tmp_path, more=("--agent", f"a={FILE}:make_loop_bound"))
            async with running(*args) as command:
                await command.until("joined")
                assert await soon(bridge.call("a", {"value": 1})) is True

    asyncio.run(main())


def test_a_kaizen_coroutine_that_blocks_holds_up_no_other_agent(tmp_path: Path) -> None:
    pytest.importorskip("kaizen.core.base_agent")
    from kaizen_blocking import Blocking

    async def main() -> None:
        from kaizen_eatp_bridge.adapters import adapt

        agent = adapt(Blocking(), "blocking")
        assert agent.own_loop is not None
        async with joined({"blocking": agent, "echo": lambda value: value}) as (bridge, _):
            _, answer = bridge.start("blocking", {"path": str(tmp_path / "go")})
            assert await soon(bridge.call("echo", {"value": 1})) == 1
            assert not answer.done()
            (tmp_path / "go").touch()
            assert await soon(answer) == {"answer": "went on"}

    asyncio.run(main())
