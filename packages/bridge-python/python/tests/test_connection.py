"""One session over many connections: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import asyncio
import time
import random
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import msgpack
import pytest
from fake_bridge import BRIDGE_DOMAIN, FakeBridge, Failed
from joined import credentials_for, joined, soon, until
from nacl.signing import SigningKey
from websockets.asyncio.server import ServerConnection, serve

from kaizen_eatp_bridge import frames
from kaizen_eatp_bridge.adapters import adapt
from kaizen_eatp_bridge.address import check_url
from kaizen_eatp_bridge.errors import LoginRefusedError, StartError
from kaizen_eatp_bridge.frames import write_frame
from kaizen_eatp_bridge.login import VERSION, Credentials
from kaizen_eatp_bridge.values import encode
from kaizen_eatp_bridge.worker import Worker


class Cutter:
    """Passes bytes between a worker and a bridge, and tears the connection after so many of them."""

    def __init__(self, port: int, rng: random.Random) -> None:
        self._to = port
        self._rng = rng
        self.cuts = 0
        self.is_cutting = True

    async def __aenter__(self) -> Cutter:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._to)
        left = [self._rng.randrange(300, 6000)]

        async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(4096):
                if self.is_cutting:
                    data, left[0] = data[: left[0]], left[0] - len(data)
                sink.write(data)
                if left[0] <= 0:
                    self.cuts += 1
                    return

        ways = [asyncio.create_task(pass_on(reader, to_writer)), asyncio.create_task(pass_on(to_reader, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in (writer, to_writer):
            end.transport.abort()


@pytest.mark.parametrize("seed", range(3))
def test_cut_at_random_nothing_is_lost_or_run_twice(seed: int) -> None:
    ran: list[int] = []

    async def native(n: int) -> Any:
        from kaizen_eatp_bridge import current_invocation

        invocation = current_invocation()
        assert invocation is not None
        ran.append(n)
        for step in range(3):
            await invocation.report_async(step)
        return {"n": n, "pad": "x" * (n % 400)}

    async def main() -> None:
        rng = random.Random(seed)
        async with FakeBridge() as bridge, Cutter(bridge.port, rng) as cutter:
            worker = Worker(
                f"ws://127.0.0.1:{cutter.port}", credentials_for(bridge, "native"), {"native": adapt(native, "native")}
            )
            running = asyncio.create_task(worker.run())
            await soon(bridge.joined.wait())
            answers = []
            for n in range(200):
                answers.append(bridge.start("native", {"n": n}))
                if n % 5 == 0:
                    await asyncio.sleep(0.002)
            results = await soon(asyncio.gather(*[answer for _, answer in answers]))
            assert [r["n"] for r in results] == list(range(200))
            assert sorted(ran) == list(range(200))
            assert all(bridge.progress[number] == [0, 1, 2] for number, _ in answers)
            assert cutter.cuts > 3
            assert worker.link.counts.sessions_lost == 0
            cutter.is_cutting = False
            await worker.stop(5)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(main())


def test_frames_that_come_again_are_dropped_and_counted() -> None:
    ran: list[int] = []

    async def main() -> None:
        async with joined({"native": _adder(ran)}) as (bridge, worker):
            assert await soon(bridge.call("native", {"n": 1})) == 1
            data = write_frame(frames.INVOKE, 1, {"call": 1, "agent": "native", "input": encode({"n": 1})})
            for _ in range(3):
                bridge._put(data)
            await until(lambda: worker.link.counts.duplicates == 3)
            assert ran == [1]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (write_frame(frames.INVOKE, 3, {"call": 1, "agent": "a", "input": b"\xc0"}), 4409),
        (b"\xc1", 4400),
        (b"", 4400),
        (write_frame(frames.ACK, 99), 4400),
        (write_frame(99, 1, {}), 4400),
        (write_frame(frames.WELCOME, {"received": 0, "agents": {}}), 4400),
        ("text", 4400),
        (bytes(3000), 1009),
    ],
    ids=["gap", "no-frame", "empty", "ack-of-nothing", "unknown", "login-frame", "text", "too-large"],
)
def test_what_the_protocol_does_not_allow_ends_the_connection_and_not_the_session(message: Any, code: int) -> None:
    async def main() -> None:
        ran: list[int] = []
        async with joined({"native": _adder(ran)}, terms={"max_message": 2000}) as (bridge, worker):
            await soon(bridge.call("native", {"n": 1}))
            assert bridge.ws is not None
            await bridge.ws.send(message)
            await until(lambda: bridge.closes)
            assert bridge.closes == [code]
            await until(lambda: len(bridge.hellos) == 2 and bridge.joined.is_set())
            assert bridge.hellos[1]["resume"] is True
            assert bridge.hellos[1]["session"] == bridge.hellos[0]["session"]
            assert await soon(bridge.call("native", {"n": 2})) == 2
            assert ran == [1, 2]
            assert worker.link.counts.sessions_lost == 0

    asyncio.run(main())


class TestTheSession:
    def test_a_resume_sends_again_what_was_not_acknowledged(self) -> None:
        async def main() -> None:
            async with joined({"native": _adder([])}) as (bridge, _):
                bridge.sends_acks = False
                assert await soon(bridge.call("native", {"n": 1})) == 1
                before = list(bridge.frames)
                bridge.session.received = 0  # as if the result had not arrived
                await bridge.cut()
                await until(lambda: len(bridge.frames) > len(before))
                assert bridge.frames[-1] == before[-1]
                assert bridge.hellos[1]["received"] == 1

        asyncio.run(main())

    def test_one_that_the_bridge_does_not_know_is_lost_and_a_new_one_begins(self) -> None:
        cancelled: list[str] = []

        async def native() -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled.append("cancelled")
                raise

        async def main() -> None:
            async with joined({"native": native, "add": _adder([])}) as (bridge, worker):
                bridge.start("native", {})
                await until(lambda: worker.in_flight == 1)
                bridge.session_id = None
                await bridge.cut()
                await until(lambda: len(bridge.hellos) == 3 and bridge.joined.is_set())
                assert [h["resume"] for h in bridge.hellos] == [False, True, False]
                assert bridge.hellos[2]["session"] != bridge.hellos[0]["session"]
                assert cancelled == ["cancelled"]
                assert worker.in_flight == 0
                assert worker.link.counts.sessions_lost == 1
                assert await soon(bridge.call("add", {"n": 3})) == 3

        asyncio.run(main())

    def test_after_the_grace_it_is_given_up(self) -> None:
        async def main() -> None:
            async with joined({"native": _sleeper()}, terms={"grace_ms": 100}) as (bridge, worker):
                bridge.start("native", {})
                await until(lambda: worker.in_flight == 1)
                port = bridge.port
                bridge.server.close(close_connections=False)
                await bridge.cut()
                await until(lambda: worker.link.counts.sessions_lost == 1)
                assert worker.in_flight == 0
                bridge.server = await serve(bridge._serve, "127.0.0.1", port, compression=None)
                await until(lambda: len(bridge.hellos) == 2)
                assert bridge.hellos[1]["resume"] is False

        asyncio.run(main())

    def test_a_short_cut_is_no_loss(self) -> None:
        async def main() -> None:
            async with joined({"native": _adder([])}, terms={"grace_ms": 5000}) as (bridge, worker):
                for n in range(5):
                    await bridge.cut()
                    await soon(bridge.joined.wait())
                    assert await soon(bridge.call("native", {"n": n})) == n
                assert worker.link.counts.sessions_lost == 0
                assert worker.link.counts.connections == 6

        asyncio.run(main())


class TestHeartbeats:
    def test_silence_ends_the_connection(self) -> None:
        async def main() -> None:
            async with joined({"native": _adder([])}, terms={"heartbeat_ms": 60}) as (bridge, worker):
                # The bridge reads, and says nothing any more.
                bridge._put = lambda data: None  # type: ignore[method-assign]
                await until(lambda: bridge.closes)
                assert bridge.closes[0] == 4411
                await until(lambda: len(bridge.hellos) >= 2)

        asyncio.run(main())

    def test_an_idle_connection_stays(self) -> None:
        async def main() -> None:
            async with joined({"native": _adder([])}, terms={"heartbeat_ms": 60}) as (bridge, worker):
                await asyncio.sleep(0.6)
                assert worker.link.counts.connections == 1
                assert bridge.closes == []
                assert await soon(bridge.call("native", {"n": 1})) == 1

        asyncio.run(main())

    def test_a_ping_is_answered_the_newest_of_many(self) -> None:
        async def main() -> None:
            pongs: list[int] = []
            async with joined({"native": _adder([])}) as (bridge, _):
                bridge.on_frame = lambda frame: pongs.append(frame.body) if frame.type == frames.PONG else None
                for token in range(1000):
                    bridge._put(write_frame(frames.PING, token))
                await until(lambda: 999 in pongs)
                assert len(pongs) < 100

        asyncio.run(main())


class TestWhoIsLetIn:
    def test_another_bridge_is_not_told_who_we_are(self) -> None:
        async def main() -> None:
            async with FakeBridge() as bridge:
                other = bytes(SigningKey.generate().verify_key)
                with pytest.raises(LoginRefusedError, match="Another bridge") as refused:
                    await soon(_run(bridge.url, Credentials({"a": SigningKey.generate()}, other, token="eatp1_secret")))
                assert refused.value.code == "BRIDGE_UNKNOWN"
                assert bridge.joins == []

        asyncio.run(main())

    @pytest.mark.parametrize("what", ["another key", "another hello", "another body", "nothing"])
    def test_a_bad_signature(self, what: str) -> None:
        seen: list[bytes] = []

        async def impostor(ws: ServerConnection) -> None:
            hello = await ws.recv()
            assert isinstance(hello, bytes)
            body = msgpack.packb(
                {
                    "version": VERSION,
                    "nonce": bytes(32),
                    "bridge_key": bytes(REAL.verify_key),
                    "max_message": 1 << 20,
                    "window": 512,
                    "window_bytes": 1 << 20,
                    "heartbeat_ms": 5000,
                    "grace_ms": 30000,
                    "time_ms": round(time.time() * 1000),
                    "release": "0.1",
                    "software": "test",
                }
            )
            key = SigningKey.generate() if what == "another key" else REAL
            of = b"x" + hello if what == "another hello" else hello
            over = body + b"x" if what == "another body" else body
            signature = key.sign(BRIDGE_DOMAIN + sha256(of).digest() + sha256(over).digest()).signature
            signature = bytes(64) if what == "nothing" else signature
            await ws.send(write_frame(frames.CHALLENGE, {"body": body, "signature": signature}))
            async for message in ws:
                seen.append(message if isinstance(message, bytes) else message.encode())

        async def main() -> None:
            async with _serving(impostor) as url:
                with pytest.raises(LoginRefusedError, match="signature is invalid"):
                    await soon(_run(url, Credentials({"a": SigningKey.generate()}, bytes(REAL.verify_key))))
                assert seen == []

        asyncio.run(main())

    @pytest.mark.parametrize("code", ["KEY_MISMATCH", "TOKEN_INVALID", "AGENT_UNKNOWN", "SIGNATURE_INVALID"])
    def test_a_refusal_is_final(self, code: str) -> None:
        async def main() -> None:
            async with FakeBridge() as bridge:
                bridge.refuse = (code, "no", "Do this.")
                with pytest.raises(LoginRefusedError, match=r"no\. Do this\.") as refused:
                    await soon(_run(bridge.url, credentials_for(bridge, "a")))
                assert refused.value.code == code
                assert len(bridge.hellos) == 1

        asyncio.run(main())

    @pytest.mark.parametrize("code", ["OVERLOADED", "CLOSING"])
    def test_one_that_is_for_now_is_tried_again(self, code: str) -> None:
        async def main() -> None:
            async with FakeBridge() as bridge:
                bridge.refuse = (code, "not now", "")
                running = asyncio.create_task(_run(bridge.url, credentials_for(bridge, "a")))
                await until(lambda: len(bridge.hellos) == 2)
                bridge.refuse = None
                await soon(bridge.joined.wait())
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

        asyncio.run(main())

    def test_the_token_is_shown_once(self) -> None:
        async def main() -> None:
            async with FakeBridge() as bridge:
                running = asyncio.create_task(_run(bridge.url, credentials_for(bridge, "a", token=bridge.token())))
                await soon(bridge.joined.wait())
                await bridge.cut()
                await soon(bridge.joined.wait())
                assert [join["token"] for join in bridge.joins] == [bridge.token(), None]
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

        asyncio.run(main())

    @pytest.mark.parametrize(
        "url",
        ["ws://example.com:1", "ws://192.0.2.1:1", "ws://127.0.0.1.example.com:1", "ws://[2001:db8::1]:1", "ws://0.0.0.0:1"],
    )
    def test_no_clear_text_beyond_this_machine(self, url: str) -> None:
        with pytest.raises(StartError, match="wss://"):
            check_url(url)

    @pytest.mark.parametrize("url", ["", "127.0.0.1:7411", "http://127.0.0.1:1", "ws://", "ws://[::1", "wss:///x"])
    def test_no_address(self, url: str) -> None:
        with pytest.raises(StartError, match="no address of a bridge"):
            check_url(url)

    @pytest.mark.parametrize("url", ["ws://127.0.0.1:1", "ws://127.9.9.9:1", "ws://localhost:1", "ws://[::1]:1"])
    def test_loopback(self, url: str) -> None:
        assert check_url(url) is False
        assert check_url(url.replace("ws://", "wss://")) is True


class TestABridgeThatIsSilent:
    def test_a_peer_that_only_listens_does_not_block_the_worker_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kaizen_eatp_bridge.connection._LOGIN_TIMEOUT", 0.1)

        async def main() -> None:
            hellos: list[Any] = []

            async def mute(ws: ServerConnection) -> None:
                hellos.append(await ws.recv())
                await ws.wait_closed()

            async with _serving(mute) as url:
                running = asyncio.create_task(_run(url, Credentials({"a": SigningKey.generate()}, bytes(32))))
                await until(lambda: len(hellos) >= 2)
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

        asyncio.run(main())

    def test_a_certificate_of_an_unknown_authority(self) -> None:
        async def main() -> None:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            error = ssl.SSLCertVerificationError(1, "bad")
            error.verify_message = "self-signed certificate"

            async def fail(*_: Any, **__: Any) -> None:
                raise error

            from kaizen_eatp_bridge import channel

            real, channel.connect = channel.connect, fail  # type: ignore[assignment]
            try:
                with pytest.raises(StartError, match="not trusted: self-signed certificate.*--ca FILE"):
                    await soon(_run(f"wss://127.0.0.1:{port}", Credentials({"a": SigningKey.generate()}, bytes(32))))
            finally:
                channel.connect = real

        asyncio.run(main())


def test_what_comes_up_together_goes_out_together() -> None:
    async def main() -> None:
        messages: list[int] = []

        async with joined({"native": _adder([])}) as (bridge, _):
            assert bridge.ws is not None
            real = bridge.ws.recv_messages.get if hasattr(bridge.ws, "recv_messages") else None
            assert real is not None

            async def counting(*args: Any, **more: Any) -> Any:
                message = await real(*args, **more)
                messages.append(len(message))
                return message

            bridge.ws.recv_messages.get = counting  # type: ignore[method-assign]
            await soon(asyncio.gather(*[bridge.call("native", {"n": n}) for n in range(200)]))
            assert len(messages) < 60
            assert max(messages) <= 4096 + 64

    asyncio.run(main())


def test_a_large_frame_travels_alone() -> None:
    async def main() -> None:
        async with joined({"echo": lambda value: value}) as (bridge, _):
            blob = bytes(10_000_000)
            assert await soon(bridge.call("echo", {"value": blob})) == blob

    asyncio.run(main())


def test_a_large_frame_may_follow_the_welcome_at_once() -> None:
    async def main() -> None:
        async with joined({"echo": lambda value: value}) as (bridge, worker):
            await bridge.cut()
            blob = bytes(1_000_000)
            _, answer = bridge.start("echo", {"value": blob})
            assert await soon(answer) == blob
            assert worker.link.counts.connections == 2

    asyncio.run(main())


def test_a_failure_is_reported_after_a_cut_too() -> None:
    async def main() -> None:
        gate = asyncio.Event()

        async def native() -> None:
            await gate.wait()
            raise ValueError("after the cut")

        async with joined({"native": native}) as (bridge, worker):
            _, answer = bridge.start("native", {})
            await until(lambda: worker.in_flight == 1)
            await bridge.cut()
            gate.set()
            with pytest.raises(Failed, match="after the cut"):
                await soon(answer)

    asyncio.run(main())


REAL = SigningKey(bytes(range(32)))


async def _run(url: str, credentials: Credentials) -> None:
    await Worker(url, credentials, {}).run()


@asynccontextmanager
async def _serving(handler: Any) -> AsyncIterator[str]:
    async with serve(handler, "127.0.0.1", 0, compression=None) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def _adder(ran: list[int]) -> Any:
    async def native(n: int) -> int:
        ran.append(n)
        return n

    return native


def _sleeper() -> Any:
    async def native() -> None:
        await asyncio.sleep(60)

    return native
