"""A connection with a bridge for programs of one's own: agents join, and agents behind the bridge can be called."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .adapters import Agent, adapt
from .calls import closed_error
from .errors import BridgeError, StartError
from .event_loop import run_on_loop
from .joining import Joining, prepare_joining
from .keys import DEFAULT_PATH, KeyFile, check_name
from .token import read_authorities

if TYPE_CHECKING:
    from .carrier import LoopCarrier
    from .worker import Worker

log = logging.getLogger("kaizen_eatp_bridge")


class Bridge:
    """A connection with a bridge, on a thread of its own; for any number of threads and event loops.

        with Bridge("ws://127.0.0.1:7411", {"planner": planner}, token=token) as bridge:
            translator = RemoteAgent(bridge, "translator")
            print(translator.run(text="…"))

    Args:
        url: `ws://127.0.0.1:PORT`, or `wss://HOST:PORT` on another machine.
        agents: The agents that join, by name: whatever `kaizen-eatp-bridge join` takes, or None for one that only calls.
        keys: The file of their keys. Default: `~/.eatp/bridge-keys.json`.
        token: An enrolment token. Default: the environment's KAIZEN_EATP_TOKEN.
        bridge_key: The bridge's public key, base64. Default: from the token, or known from the last time.
        authorities: More authorities to believe: their public keys, base64, by id.
        verify: How invocations of these agents are checked: `auto`, `full`, `signature` or `off`.
        tls: For `wss`. Default: the system's certificates.
        threads: How many blocking agents run at a time.
        max_in_flight: How many invocations of these agents the bridge may make at a time.
        join_timeout: How long to wait for the bridge at first, in seconds.
        drain_timeout: How long to wait at the end for invocations of these agents, in seconds.

    Raises:
        StartError: An argument is not as it must be, a key is missing, or `agents` holds what is no agent.
    """

    def __init__(
        self,
        url: str,
        agents: Mapping[str, Any],
        *,
        keys: Path | str | None = None,
        token: str | None = None,
        bridge_key: str | None = None,
        authorities: Mapping[str, str] | None = None,
        verify: str = "auto",
        tls: ssl.SSLContext | None = None,
        threads: int = 64,
        max_in_flight: int = 256,
        join_timeout: float = 30.0,
        drain_timeout: float = 30.0,
    ) -> None:
        if not agents:
            raise StartError("No agent is named.", "Name the agent that calls: agents={'planner': planner}.")
        self.names = tuple(check_name(name) for name in agents)
        served = {name: adapt(agent, f"agents[{name!r}]") for name, agent in agents.items() if agent is not None}
        joining = prepare_joining(
            url,
            self.names,
            KeyFile(DEFAULT_PATH if keys is None else keys),
            token=token,
            bridge_key=bridge_key,
            authorities=_checked(authorities or {}),
            max_in_flight=max_in_flight,
        )
        kinds = {name: served[name].kind if name in served else "caller" for name in self.names}
        joining.credentials = replace(joining.credentials, kinds=kinds)
        self._make_worker: Callable[[], Worker] = lambda: _make_worker(
            joining, served, verify, threads, tls, self._on_joined
        )
        self._join_timeout = join_timeout
        self._drain_timeout = drain_timeout
        self._worker: Worker | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        self._settled = threading.Event()
        self._is_joined = False
        self._failure: BaseException | None = None

    @property
    def agent_ids(self) -> Mapping[str, str]:
        """The ids of the agents that joined, in their trust chains, by name."""
        return {} if self._worker is None else self._worker.agent_ids

    @property
    def carrier(self) -> LoopCarrier:
        """How calls get to the connection; `RemoteAgent` uses it.

        Raises:
            RemoteAgentError: It is not open (`CLOSED`).
        """
        if self._worker is None:
            raise closed_error("the bridge was not opened")
        if self._failure is not None:
            raise closed_error(str(self._failure))
        return self._worker.carrier

    def open(self) -> None:
        """Joins, and comes back when the bridge let the agents in.

        Raises:
            LoginRefusedError: The bridge did not let them in.
            StartError: It did not answer in time, or something is not as it must be.
        """
        if self._thread is not None:
            raise BridgeError("A bridge is opened once.", "Make another Bridge.")
        self._worker = self._make_worker()
        self._thread = threading.Thread(target=self._run, name="kaizen-eatp-bridge", daemon=True)
        self._thread.start()
        try:
            is_settled = self._settled.wait(self._join_timeout)
        except BaseException:
            self.close(0)
            raise
        if self._failure is not None:
            raise self._failure
        if not is_settled:
            self.close(0)
            raise StartError(
                f"The bridge at {self._worker.link.url} did not let the agents in within {self._join_timeout:g} s.",
                "Check the address, and that it is running.",
            )

    def close(self, drain_timeout: float | None = None) -> None:
        """Ends invocations that are under way, and leaves. Calls of other agents that have not ended fail.

        Args:
            drain_timeout: How long to wait for invocations, in seconds. Default: the one that the bridge was made with.
        """
        thread, loop = self._thread, self._loop
        if thread is None or not thread.is_alive():
            return
        if threading.current_thread() is thread:
            raise BridgeError("close() would wait for itself.", "Call it where the bridge was opened.")
        timeout = self._drain_timeout if drain_timeout is None else drain_timeout
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it has just ended by itself
                loop.call_soon_threadsafe(self._begin_stop, timeout)
        thread.join()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # A program that fails does not wait for invocations of its agents.
        self.close(None if error is None else 0)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close, None if error is None else 0)

    # --- on the thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            run_on_loop(self._serve)
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self._failure = error
        finally:
            self._settled.set()

    async def _serve(self) -> None:
        assert self._worker is not None
        self._loop = asyncio.get_running_loop()
        self._main = asyncio.current_task()
        await self._worker.run()

    def _begin_stop(self, timeout: float) -> None:
        self._stopping = asyncio.create_task(self._stop(timeout))

    async def _stop(self, timeout: float) -> None:
        assert self._worker is not None and self._main is not None
        if self._is_joined:
            await self._worker.stop(timeout, "the program is done")
        else:
            self._main.cancel()

    def _on_joined(self) -> None:
        self._is_joined = True
        self._settled.set()


def _make_worker(
    joining: Joining,
    served: Mapping[str, Agent],
    verify: str,
    threads: int,
    tls: ssl.SSLContext | None,
    on_joined: Callable[[], None],
) -> Worker:
    from .verdict import make_verifier
    from .versions import check_verify_mode
    from .worker import Worker

    mode, warning = check_verify_mode(verify) if served else (verify, None)
    if warning is not None:
        log.warning(warning)

    def joined(_: dict[str, str]) -> None:
        joining.remember()
        on_joined()

    return Worker(
        joining.url,
        joining.credentials,
        served,
        # Where nothing can be run there is nothing to judge.
        verifier=make_verifier(mode, joining.authorities) if served else None,
        threads=threads,
        tls=tls,
        on_joined=joined,
    )


def _checked(authorities: Mapping[str, str]) -> dict[str, str]:
    try:
        return read_authorities(dict(authorities))
    except ValueError as error:
        raise StartError(f"The authorities cannot be read: {error}.") from error
