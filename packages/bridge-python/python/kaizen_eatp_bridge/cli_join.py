"""`kaizen-eatp-bridge join`."""

from __future__ import annotations

import argparse
import gc
import logging
import ssl
import sys
import threading
from dataclasses import replace
from pathlib import Path

from .adapters import Agent
from .address import check_url
from .cli_setup import own_joining, spawned_joining
from .errors import StartError
from .event_loop import run_on_loop
from .exit_codes import EXIT_OK
from .exits import guard_exits
from .farewell import leave
from .health import parse_place, serve_health
from .joining import Joining
from .loading import Found, find_agent
from .log_output import flush, say
from .places import specs_of
from .restarting import JOINED, STOPPING, Supervised, is_possible, keep_running
from .specs import AgentSpec
from .stopping import Stopper
from .versions import check_verify_mode, versions

log = logging.getLogger("kaizen_eatp_bridge")

_SPAWNED_DRAIN = 2.0


def join(options: argparse.Namespace) -> int:
    """Joins a bridge and serves agents until it is asked to stop. In a child process, which is restarted if it crashes."""
    _check(options)
    if not options.spawned and options.supervised is None and options.restarts > 0 and is_possible():
        return keep_running(options.arguments, options.restarts)
    supervised = Supervised(options.supervised)
    # Before anything heavy is loaded.
    mode, warning = check_verify_mode(options.verify)
    specs = specs_of(options)
    names = [spec.name for spec in specs]
    joining = spawned_joining(options, names) if options.spawned else own_joining(options, names)
    check_url(joining.url)
    code = _serve(options, specs, joining, mode, warning, supervised)
    leave(code, flush)
    return code


def _check(options: argparse.Namespace) -> None:
    if options.url is not None and "://" not in options.url:
        if options.spawned or not (options.url.endswith(".py") or ":" in options.url or Path(options.url).exists()):
            check_url(options.url)
        raise StartError(
            f"Expected the bridge's address first; got {options.url!r}.",
            f"Write: kaizen-eatp-bridge join ws://127.0.0.1:7411 {options.url}",
        )
    if not options.spawned and options.url is None and (options.agent or options.places):
        raise StartError("No bridge is named.", "Write: kaizen-eatp-bridge join ws://127.0.0.1:7411 my_agents.py")
    if options.url is not None:
        check_url(options.url)
    if not options.agent and not options.places:
        raise StartError("No agent is named.", "Add a file (my_agents.py), or --agent NAME=MODULE:TARGET.")
    if options.health is not None:
        parse_place(options.health)
    for option, least in (("threads", 1), ("max_in_flight", 1), ("processes", 0), ("restarts", 0)):
        if getattr(options, option) < least:
            raise StartError(f"--{option.replace('_', '-')} must be at least {least}.")


def _serve(
    options: argparse.Namespace,
    specs: list[AgentSpec],
    joining: Joining,
    mode: str,
    warning: str | None,
    supervised: Supervised,
) -> int:
    from .verdict import make_verifier

    found = [find_agent(spec) for spec in specs]
    verifier = make_verifier(mode, joining.authorities)
    say(f"verify {mode}; " + ", ".join(f"{name} {version}" for name, version in versions().items()))
    if warning:
        say(f"warning: {warning}", logging.WARNING)
    guard_exits()
    stopper = Stopper(options.drain_timeout, lambda: supervised.tell(STOPPING))

    def on_joined(agent_ids: dict[str, str]) -> None:
        joining.remember()
        supervised.tell(JOINED)
        say(f"joined as {', '.join(agent_ids)}")

    async def run() -> int:
        from .worker import Worker

        agents = {one.spec.name: await one.agent() for one in found}
        kinds = {name: agent.kind for name, agent in agents.items()}
        worker = Worker(
            joining.url,
            replace(joining.credentials, kinds=kinds, verify=mode),
            agents,
            verifier=verifier,
            threads=options.threads,
            processes=_processes(options, found, agents),
            tls=_tls(options.ca),
            on_joined=on_joined,
        )
        stopper.start(worker)
        supervised.watch(lambda: stopper.stop_from_thread(_SPAWNED_DRAIN, "the parent is gone"))
        if options.spawned:
            _stop_with_parent(stopper)
        health = await serve_health(options.health, worker) if options.health is not None else None
        try:
            await worker.run()
        finally:
            if health is not None:
                health.close()
        return EXIT_OK

    # Objects made for a frame die with it; the collector finds nothing there, and looks often by default.
    gc.set_threshold(50_000, 20, 50)
    # Objects that are loaded by now stay: Kaizen alone has several hundred thousand for the collector to look through.
    gc.collect()
    gc.freeze()
    return run_on_loop(run)


def _processes(options: argparse.Namespace, found: list[Found], agents: dict[str, Agent]) -> object:
    """The processes for blocking agents, and for those that need one of their own; None if there are none of either."""
    from .processes import ProcessPool

    separate = {name: agent.needs_process for name, agent in agents.items() if agent.needs_process}
    for name, reason in separate.items():
        log.info("%s runs in a process of its own: %s", name, reason)
    chosen = [
        one.spec
        for one in found
        if one.spec.name in separate or (options.processes > 0 and not agents[one.spec.name].is_async)
    ]
    return ProcessPool(chosen, max(options.processes, 1)) if chosen else None


def _stop_with_parent(stopper: Stopper) -> None:
    """The parent holds the other end of stdin; when it is gone, so is the reason to be here."""
    stdin = sys.stdin.buffer

    def wait() -> None:
        while stdin.read(4096):
            pass
        stopper.stop_from_thread(_SPAWNED_DRAIN, "the parent is gone")

    threading.Thread(target=wait, name="parent", daemon=True).start()
    # An agent's input() must not read what the parent sends; it raises EOFError.
    sys.stdin = open("/dev/null" if sys.platform != "win32" else "NUL")


def _tls(ca: Path | None) -> ssl.SSLContext | None:
    if ca is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca))
    except (OSError, ssl.SSLError) as error:
        raise StartError(f"The certificates in {ca} cannot be read: {error}", "Pass a PEM file with --ca.") from error


