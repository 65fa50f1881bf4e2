"""The command, as a user runs it: in a process of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import platform
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fake_bridge import FakeBridge
from joined import base64_of, is_alive, soon, until
from nacl.signing import SigningKey

PYTHON = Path(__file__).parent.parent
FILES = Path(__file__).parent / "files"
AGENT = f"double={FILES / 'plain_agents.py'}:double"
EXIT_START, EXIT_REFUSED = 2, 3

posix = pytest.mark.skipif(os.name != "posix", reason="modes of files and signals are POSIX")


def environment(**more: str) -> dict[str, str]:
    env = {name: text for name, text in os.environ.items() if not name.startswith("KAIZEN")}
    return {**env, "PYTHONPATH": str(PYTHON), **more}


def run(*args: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kaizen_eatp_bridge", *args],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=cwd,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
    )


class Running:
    """The command, while it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(line.decode().rstrip())

    async def until(self, text: str) -> None:
        await until(lambda: any(text in line for line in self.lines))

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    async def exit_code(self) -> int:
        code = await soon(self.process.wait())
        await soon(self._reading)
        return int(code)


@asynccontextmanager
async def running(*args: str, stdin: int = subprocess.DEVNULL, **env: str) -> AsyncIterator[Running]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "kaizen_eatp_bridge",
        *args,
        stdin=stdin,
        stderr=subprocess.PIPE,
        env=environment(**env),
    )
    command = Running(process)
    try:
        yield command
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await command._reading


class TestKeygen:
    @posix
    def test_it_prints_public_halves_and_keeps_the_rest_to_itself(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "keys.json"
        done = run("keygen", "analyst", "judge", "--keys", str(path))
        assert done.returncode == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        data = json.loads(path.read_text())
        lines = dict(line.split() for line in done.stdout.splitlines())
        for name in ("analyst", "judge"):
            seed = base64.b64decode(data["keys"][name])
            assert base64_of(bytes(SigningKey(seed).verify_key)) == lines[name]
            assert data["keys"][name] not in done.stdout + done.stderr
        assert [p.name for p in path.parent.iterdir()] == ["keys.json"]

    def test_more_keys_join_the_old_ones(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.json"
        run("keygen", "a", "--keys", str(path))
        before = json.loads(path.read_text())["keys"]
        assert run("keygen", "b", "--keys", str(path)).returncode == 0
        after = json.loads(path.read_text())["keys"]
        assert after["a"] == before["a"] and set(after) == {"a", "b"}

    def test_no_key_is_ever_overwritten(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.json"
        run("keygen", "a", "--keys", str(path))
        before = path.read_text()
        done = run("keygen", "b", "a", "--keys", str(path))
        assert done.returncode == EXIT_START and "has a key for a already" in done.stderr
        assert path.read_text() == before

    @posix
    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
    def test_a_file_that_others_can_read_is_refused(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "keys.json"
        run("keygen", "a", "--keys", str(path))
        path.chmod(mode)
        for command in (("keygen", "b"), ("join", "ws://127.0.0.1:9", "--agent", AGENT, "--bridge-key", base64_of(bytes(32)))):
            done = run(*command, "--keys", str(path))
            assert done.returncode == EXIT_START
            assert f"mode {mode:o}" in done.stderr and f"chmod 600 {path}" in done.stderr

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 2, "keys": {}}', '{"version": 1, "keys": {"a": "x"}}', "\x00"])
    def test_a_file_that_is_none(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "keys.json"
        path.touch(0o600)
        path.write_text(text)
        done = run("keygen", "b", "--keys", str(path))
        assert done.returncode == EXIT_START and "cannot be read" in done.stderr
        assert path.read_text() == text

    def test_a_name_that_cannot_be(self, tmp_path: Path) -> None:
        done = run("keygen", "a b", "--keys", str(tmp_path / "k.json"))
        assert done.returncode == EXIT_START and "cannot be an agent's name" in done.stderr


class TestWrongStarts:
    @pytest.mark.parametrize(
        ("args", "said"),
        [
            (["join", "ws://127.0.0.1:9", "--agent", "double="], "NAME=MODULE:TARGET"),
            (["join", "ws://127.0.0.1:9", "--agent", "double"], "There is no module 'double'"),
            (["join"], "No agent is named"),
            (["join", "my_agents.py"], "Expected the bridge's address first"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--failures", "some"], "--failures: expected [NAME=]RULE"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--failures", "other=raised"], "joined agent's name"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--restarts", "-1"], "--restarts must be at least 0"),
            (["join", "--agent", AGENT], "No bridge is named"),
            (["join", "http://x", "--agent", AGENT], "no address of a bridge"),
            (["join", "ws://example.com:1", "--agent", AGENT], "wss://"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT], "could be any"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--agent", AGENT], "same name"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--threads", "0"], "--threads must be at least 1"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--max-in-flight", "0"], "--max-in-flight must be at least 1"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--processes", "-1"], "--processes must be at least 0"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--token", "eatp1_x"], "not an enrolment token"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--bridge-key", "x"], "--bridge-key"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--authority", "/none.json"], "authority in /none.json"),
            (["join", "ws://127.0.0.1:9", "--agent", AGENT, "--bridge-key", base64_of(bytes(32))], "keygen"),
        ],
    )
    def test_each_says_what_to_do(self, tmp_path: Path, args: list[str], said: str) -> None:
        done = run(*args, "--keys", str(tmp_path / "keys.json"))
        assert done.returncode == EXIT_START
        assert said in done.stderr and "Traceback" not in done.stderr

    @pytest.mark.parametrize("args", [[], ["fly"], ["join", "x", "--agent", AGENT, "--verify", "some"], ["join", "--agen", AGENT]])
    def test_usage(self, args: list[str]) -> None:
        done = run(*args)
        assert done.returncode == EXIT_START and "usage" in done.stderr

    def test_a_module_that_is_not_there(self, tmp_path: Path) -> None:
        token = FakeBridge().token({"acme": base64_of(bytes(32))})
        done = run(
            "join", "ws://127.0.0.1:9", "--agent", "a=nowhere:x", "--token", token, "--keys", str(tmp_path / "k.json"), cwd=tmp_path
        )
        assert done.returncode == EXIT_START
        assert "no module 'nowhere'" in done.stderr and "pip install" not in done.stderr

    def test_no_authority_to_believe(self, tmp_path: Path) -> None:
        done = run("join", "ws://127.0.0.1:9", "--agent", AGENT, "--token", FakeBridge().token(), "--keys", str(tmp_path / "k"))
        assert done.returncode == EXIT_START and "No authority is known" in done.stderr

    def test_help_and_version(self) -> None:
        assert run("--version").stdout.strip() == "0.1.0"
        assert "--spawned" not in run("join", "--help").stdout


def options(tmp_path: Path) -> list[str]:
    return ["--keys", str(tmp_path / "keys.json"), "--verify", "off"]


class TestJoining:
    def test_with_a_token_of_the_environment_and_known_the_next_time(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with FakeBridge() as bridge:
                args = ["join", bridge.url, "--agent", AGENT, *options(tmp_path)]
                async with running(*args, KAIZEN_EATP_TOKEN=bridge.token({"acme": base64_of(bytes(32))})) as command:
                    await command.until("joined as double")
                    assert await soon(bridge.call("double", {"n": 21})) == 42
                    assert bridge.joins[0]["token"] == bridge.token({"acme": base64_of(bytes(32))})
                    assert bridge.joins[0]["agents"][0]["kind"] == "function"
                    software = bridge.hellos[0]["software"].split()
                    assert {"python/" + platform.python_version(), "verify/off"} <= set(software)
                    assert any(part.startswith("websockets/") for part in software)
                    assert sum(part.startswith("pid/") for part in software) == 1
                    assert any(" INFO kaizen-eatp-bridge: verify off; kaizen-eatp-bridge " in line for line in command.lines)
                    assert "secret" not in "".join(command.lines) and "eatp1_" not in "".join(command.lines)
                    command.signal(signal.SIGTERM)
                    assert await command.exit_code() == 0
                known = json.loads((tmp_path / "keys.json").read_text())["bridges"][bridge.url]
                assert known == {"bridge_key": base64_of(bridge.bridge_key), "authorities": {"acme": base64_of(bytes(32))}}
                async with running(*args) as command:
                    await command.until("joined as double")
                    assert bridge.joins[1]["token"] is None
                    assert bridge.joins[1]["agents"] == bridge.joins[0]["agents"]

        asyncio.run(main())

    def test_refused(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with FakeBridge() as bridge:
                bridge.refuse = ("TOKEN_INVALID", "the token was used", "Make another.")
                async with running("join", bridge.url, "--agent", AGENT, "--token", bridge.token(), *options(tmp_path)) as command:
                    assert await command.exit_code() == EXIT_REFUSED
                    assert any("refused (TOKEN_INVALID): the token was used. Make another." in line for line in command.lines)
                # The keys stay: a lost welcome must not cost them.
                assert set(json.loads((tmp_path / "keys.json").read_text())["keys"]) == {"double"}

        asyncio.run(main())

    def test_another_bridge(self, tmp_path: Path) -> None:
        async def main() -> None:
            run("keygen", "double", "--keys", str(tmp_path / "keys.json"))
            async with FakeBridge() as bridge:
                args = ["--bridge-key", base64_of(bytes(SigningKey.generate().verify_key))]
                async with running("join", bridge.url, "--agent", AGENT, *args, *options(tmp_path)) as command:
                    assert await command.exit_code() == EXIT_REFUSED
                    assert any("BRIDGE_UNKNOWN" in line for line in command.lines)
                    assert bridge.joins == []

        asyncio.run(main())


@posix
class TestSignals:
    def joining(self, bridge: FakeBridge, tmp_path: Path, *more: str) -> Any:
        agent = f"sleep={FILES / 'blocking_agents.py'}:sleep"
        return running("join", bridge.url, "--agent", agent, "--agent", AGENT, "--token", bridge.token(), *options(tmp_path), *more)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_one_drains_and_another_ends_at_once(self, tmp_path: Path, number: int) -> None:
        async def main() -> None:
            async with FakeBridge() as bridge, self.joining(bridge, tmp_path) as command:
                await command.until("joined")
                _, answer = bridge.start("sleep", {"path": str(tmp_path / "pid")})
                await until(lambda: (tmp_path / "pid").exists())
                command.signal(number)
                await soon(bridge.drained.wait())
                assert not answer.done() and command.process.returncode is None
                command.signal(number)
                assert await command.exit_code() == 0
                assert not bridge.left.is_set()
                assert any("finishing what is under way" in line for line in command.lines)
                assert any("stopping at once" in line for line in command.lines)

        asyncio.run(main())

    def test_it_waits_for_what_is_under_way(self, tmp_path: Path) -> None:
        async def main() -> None:
            slow = tmp_path / "slow_agents.py"
            slow.write_text("import os, time\ndef slow(path):\n    while not os.path.exists(path): time.sleep(0.01)\n    return 'done'\n")
            async with FakeBridge() as bridge:
                args = ["--agent", f"slow={slow}:slow", "--token", bridge.token(), *options(tmp_path)]
                async with running("join", bridge.url, *args) as command:
                    await command.until("joined")
                    _, answer = bridge.start("slow", {"path": str(tmp_path / "go")})
                    command.signal(signal.SIGTERM)
                    await soon(bridge.drained.wait())
                    (tmp_path / "go").touch()
                    assert await soon(answer) == "done"
                    await soon(bridge.left.wait())
                    assert await command.exit_code() == 0

        asyncio.run(main())

    def test_not_longer_than_it_may(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with FakeBridge() as bridge, self.joining(bridge, tmp_path, "--drain-timeout", "0.2") as command:
                await command.until("joined")
                _, answer = bridge.start("sleep", {"path": str(tmp_path / "pid")})
                await until(lambda: (tmp_path / "pid").exists())
                command.signal(signal.SIGTERM)
                with pytest.raises(Exception, match="CANCELLED"):
                    await soon(answer)
                await soon(bridge.left.wait())
                # A thread that sleeps for a minute does not keep the process.
                assert await command.exit_code() == 0

        asyncio.run(main())

    def test_processes_end_with_it(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with FakeBridge() as bridge, self.joining(bridge, tmp_path, "--processes", "1") as command:
                await command.until("joined")
                bridge.start("sleep", {"path": str(tmp_path / "pid")})
                await until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
                pid = int((tmp_path / "pid").read_text())
                assert pid != command.process.pid
                command.signal(signal.SIGKILL)
                await command.exit_code()
                await until(lambda: not is_alive(pid))

        asyncio.run(main())


class TestSpawned:
    def setup(self, bridge: FakeBridge, **more: Any) -> bytes:
        data = {
            "url": bridge.url,
            "keys": {"double": base64_of(bytes(range(32)))},
            "bridge_key": base64_of(bridge.bridge_key),
            "authorities": {},
            "token": bridge.token(),
            **more,
        }
        return json.dumps(data).encode() + b"\n"

    def test_it_receives_everything_on_stdin_and_ends_with_its_parent(self) -> None:
        async def main() -> None:
            async with FakeBridge() as bridge:
                args = ["join", "--spawned", "--verify", "off", "--agent", AGENT]
                async with running(*args, stdin=subprocess.PIPE) as command:
                    assert command.process.stdin is not None
                    command.process.stdin.write(self.setup(bridge))
                    await command.until("joined as double")
                    assert await soon(bridge.call("double", {"n": 2})) == 4
                    key = bytes(SigningKey(bytes(range(32))).verify_key)
                    assert bridge.joins[0]["agents"][0]["public_key"] == key
                    command.process.stdin.close()
                    assert await command.exit_code() == 0
                    assert bridge.left.is_set()

        asyncio.run(main())

    @pytest.mark.parametrize("line", [b"", b"{}\n", b"[]\n", b"nothing\n", b'{"keys": {"a b": "x"}}\n'])
    def test_a_set_up_that_is_none(self, line: bytes) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "kaizen_eatp_bridge", "join", "--spawned", "--agent", AGENT],
            input=line,
            capture_output=True,
            timeout=240,
            env=environment(),
        )
        assert done.returncode == EXIT_START
        assert b"Traceback" not in done.stderr
