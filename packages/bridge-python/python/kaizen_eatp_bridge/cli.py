"""The command `kaizen-eatp-bridge`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import signal
import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import __version__
from .address import check_url
from .errors import BridgeError, LoginRefusedError, StartError
from .event_loop import run_on_loop
from .joining import TOKEN_VARIABLE, Joining, prepare_joining
from .keys import DEFAULT_PATH, KeyFile, check_name, public_key_text
from .loading import AgentSpec, load_agent, parse_spec
from .login import Credentials
from .token import read_authorities, read_key

log = logging.getLogger("kaizen_eatp_bridge")

EXIT_OK, EXIT_START, EXIT_REFUSED = 0, 2, 3
_SPAWNED_DRAIN = 2.0


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the command and ends the process with its exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    log.setLevel(logging.INFO)
    options = _parser().parse_args(argv)
    try:
        code = options.run(options)
    except LoginRefusedError as error:
        _say(f"refused ({error.code}): {error}")
        code = EXIT_REFUSED
    except BridgeError as error:
        _say(str(error))
        code = EXIT_START
    sys.stdout.flush()
    sys.stderr.flush()
    # An agent that hangs in a thread must not keep the process: what it was to do is over.
    os._exit(code)


def _say(text: str) -> None:
    print(f"kaizen-eatp-bridge: {text}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kaizen-eatp-bridge", description="Kaizen agents join a TypeScript orchestration, without rewriting."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    join = commands.add_parser("join", help="join a bridge and serve agents", allow_abbrev=False)
    join.set_defaults(run=_join)
    join.add_argument("url", nargs="?", help="ws://127.0.0.1:PORT, or wss://HOST:PORT on another machine")
    join.add_argument(
        "--agent",
        action="append",
        required=True,
        metavar="NAME=MODULE:ATTRIBUTE",
        help="an agent to serve; may be given several times. path/to/file.py:ATTRIBUTE works too",
    )
    join.add_argument("--token", help=f"an enrolment token; default: the environment's {TOKEN_VARIABLE}")
    join.add_argument("--keys", type=Path, default=DEFAULT_PATH, metavar="FILE", help=f"default: {DEFAULT_PATH}")
    join.add_argument("--bridge-key", metavar="BASE64", help="the bridge's public key; default: from the token, or known")
    join.add_argument(
        "--authority", action="append", default=[], type=Path, metavar="FILE.json", help="an authority to believe"
    )
    join.add_argument("--ca", type=Path, metavar="FILE", help="certificates to trust for wss, instead of the system's")
    join.add_argument("--processes", type=int, default=0, metavar="N", help="run blocking agents in N processes")
    join.add_argument("--threads", type=int, default=64, metavar="N", help="default: 64; for blocking agents")
    join.add_argument("--max-in-flight", type=int, default=256, metavar="N", help="default: 256")
    join.add_argument("--verify", choices=("auto", "full", "signature", "off"), default="auto")
    join.add_argument("--drain-timeout", type=float, default=30.0, metavar="SECONDS", help="default: 30")
    join.add_argument("--spawned", action="store_true", help=argparse.SUPPRESS)

    keygen = commands.add_parser("keygen", help="make keys for agents and print their public halves")
    keygen.set_defaults(run=_keygen)
    keygen.add_argument("names", nargs="+", metavar="NAME")
    keygen.add_argument("--keys", type=Path, default=DEFAULT_PATH, metavar="FILE", help=f"default: {DEFAULT_PATH}")
    return parser


def _keygen(options: argparse.Namespace) -> int:
    file = KeyFile(options.keys)
    for name in options.names:
        file.make(name)
    file.save()
    for name in options.names:
        print(f"{name} {public_key_text(file.keys[name])}")
    return EXIT_OK


def _join(options: argparse.Namespace) -> int:
    specs = [parse_spec(text) for text in options.agent]
    names = [spec.name for spec in specs]
    if len(set(names)) != len(names):
        raise StartError("Two agents have the same name.", "Give each --agent a name of its own.")
    for option, least in (("threads", 1), ("max_in_flight", 1), ("processes", 0)):
        if getattr(options, option) < least:
            raise StartError(f"--{option.replace('_', '-')} must be at least {least}.")
    joining = _spawned_joining(options, names) if options.spawned else _own_joining(options, names)
    check_url(joining.url)
    return _run(options, specs, joining)


def _run(options: argparse.Namespace, specs: list[AgentSpec], joining: Joining) -> int:
    # Imported late, so that a wrong option is said before anything heavy is loaded.
    from .processes import ProcessPool
    from .verdict import make_verifier
    from .worker import Worker

    agents = {spec.name: load_agent(spec) for spec in specs}
    joining.credentials = _with_kinds(joining.credentials, {name: agent.kind for name, agent in agents.items()})
    verifier = make_verifier(options.verify, joining.authorities)
    needs_processes = options.processes > 0 and any(not agent.is_async for agent in agents.values())

    def on_joined(agent_ids: dict[str, str]) -> None:
        joining.remember()
        _say(f"joined as {', '.join(agent_ids)}")

    async def run() -> int:
        worker = Worker(
            joining.url,
            joining.credentials,
            agents,
            verifier=verifier,
            threads=options.threads,
            processes=ProcessPool(specs, options.processes) if needs_processes else None,
            tls=_tls(options.ca),
            on_joined=on_joined,
        )
        stopping = _stop_on_signals(worker, options.drain_timeout)
        if options.spawned:
            _stop_with_parent(stopping)
        await worker.run()
        return EXIT_OK

    # What is made for a frame dies with it; the collector has nothing to find there, and looks often by default.
    gc.set_threshold(50_000, 20, 50)
    # What is loaded by now stays: Kaizen alone is some hundred thousand objects to look through each time.
    gc.collect()
    gc.freeze()
    return run_on_loop(run)


def _stop_on_signals(worker: Any, drain_timeout: float) -> Callable[[float, str], None]:
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []

    def stop(timeout: float, reason: str) -> None:
        if not tasks:
            tasks.append(loop.create_task(worker.stop(timeout, reason)))

    def on_signal(name: str) -> None:
        if tasks:
            _say(f"{name} again: stopping at once")
            os._exit(EXIT_OK)
        _say(f"{name}: finishing what is under way")
        stop(drain_timeout, "the worker was asked to stop")

    for name in ("SIGTERM", "SIGINT"):
        try:
            loop.add_signal_handler(getattr(signal, name), on_signal, name)
        except NotImplementedError:  # Windows has no such handlers on its event loop
            signal.signal(getattr(signal, name), lambda *_, name=name: loop.call_soon_threadsafe(on_signal, name))
    return stop


def _stop_with_parent(stop: Callable[[float, str], None]) -> None:
    """The parent holds the other end of stdin; when it is gone, so is the reason to be here."""
    loop = asyncio.get_running_loop()

    def wait() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        loop.call_soon_threadsafe(stop, _SPAWNED_DRAIN, "the parent is gone")

    threading.Thread(target=wait, name="parent", daemon=True).start()


def _tls(ca: Path | None) -> ssl.SSLContext | None:
    if ca is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca))
    except (OSError, ssl.SSLError) as error:
        raise StartError(f"The certificates in {ca} cannot be read: {error}", "Pass a PEM file with --ca.") from error


# --- where to join ------------------------------------------------------------------------------------------------


def _own_joining(options: argparse.Namespace, names: list[str]) -> Joining:
    if options.url is None:
        raise StartError("No bridge is named.", "Write: kaizen-eatp-bridge join ws://127.0.0.1:7411 --agent …")
    check_url(options.url)
    return prepare_joining(
        options.url,
        names,
        KeyFile(options.keys),
        token=options.token,
        bridge_key=options.bridge_key,
        authorities=_read_authority_files(options.authority),
        max_in_flight=options.max_in_flight,
    )


def _read_authority_files(paths: Sequence[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            found.update(read_authorities({data["id"]: data["public_key"]}))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StartError(
                f"The authority in {path} cannot be read: {error}", "Pass a JSON file with its id and public_key."
            ) from error
    return found


def _spawned_joining(options: argparse.Namespace, names: list[str]) -> Joining:
    try:
        data = json.loads(sys.stdin.buffer.readline())
        keys = {check_name(name): _signing_key(seed) for name, seed in data["keys"].items()}
        credentials = Credentials(
            {name: keys[name] for name in names},
            read_key(data["bridge_key"]),
            token=data.get("token"),
            max_in_flight=options.max_in_flight,
        )
        url, authorities = str(data["url"]), read_authorities(data["authorities"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StartError(f"--spawned expects its set-up as one line of JSON on stdin: {error!r}") from error
    return Joining(url, credentials, authorities, lambda: None)


def _signing_key(seed: Any) -> Any:
    from nacl.signing import SigningKey

    return SigningKey(read_key(seed))


def _with_kinds(credentials: Credentials, kinds: dict[str, str]) -> Credentials:
    return replace(credentials, kinds=kinds)
