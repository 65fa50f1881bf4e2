"""`kaizen-eatp-bridge inspect`."""

from __future__ import annotations

import json
import shlex
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .discovery import FoundAgent, PassedOver, Trouble, discover
from .exit_codes import EXIT_OK, EXIT_START
from .log_output import say


def inspect_places(places: Sequence[str], *, as_json: bool) -> int:
    """Prints the agents of files, folders and packages, and the line that joins each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = [item for place in places for item in discover(place)]
    agents = [item for item in found if isinstance(item, FoundAgent)]
    troubles = [item for item in found if isinstance(item, Trouble)]
    passed = [item for item in found if isinstance(item, PassedOver)]
    if as_json:
        others = [{**asdict(p), "spec": p.spec} for p in passed]
        print(json.dumps({"agents": [as_data(a) for a in agents], "failed": [asdict(t) for t in troubles], "passed_over": others}, indent=2))
    else:
        for agent in agents:
            print(_as_text(agent))
        for item in passed:
            print(_passed_as_text(item))
        for trouble in troubles:
            say(f"{trouble.module} could not be imported: {trouble.reason}")
        if not agents:
            say(f"no agent was found in {', '.join(places)}")
    return EXIT_OK if agents else EXIT_START


def spec_of(agent: FoundAgent) -> str:
    """The spec that joins an agent."""
    return f"{agent.name}={agent.module}:{agent.proposal.target}"


def line_of(agent: FoundAgent) -> str:
    """The command that joins an agent, but for the bridge's address."""
    return f"kaizen-eatp-bridge join URL --agent {shlex.quote(spec_of(agent))}"


def as_data(agent: FoundAgent) -> dict[str, Any]:
    """Returns the data of an agent that `--json` prints."""
    proposal = agent.proposal
    return {
        "name": agent.name,
        "what": agent.what,
        "module": agent.module,
        "spec": spec_of(agent),
        "line": line_of(agent),
        "method": proposal.calls,
        "kind": proposal.kind,
        "inputs": proposal.inputs,
        "outputs": proposal.outputs,
        "other_methods": proposal.methods,
        "joins_by_file": agent.is_joined,
        "reason": proposal.reason,
    }


def _as_text(agent: FoundAgent) -> str:
    proposal = agent.proposal
    lines = [f"{agent.name}  ({agent.what} in {agent.module})"]
    lines.append(f"  made     {proposal.target.split('#')[0] if agent.what != 'function' else '(a function)'}")
    lines.append(f"  called   {proposal.calls}, {proposal.kind}")
    lines.append(f"  inputs   {_fields(proposal.inputs)}")
    lines.append(f"  outputs  {_fields(proposal.outputs)}")
    if proposal.methods:
        lines.append(f"  also     {', '.join('#' + name for name in proposal.methods)}")
    if proposal.reason:
        lines.append(f"  cannot join by itself: {proposal.reason}")
    elif not agent.is_joined:
        lines.append("  joins only by its own line, not with its file")
    lines.append(f"  {line_of(agent)}\n")
    return "\n".join(lines)


def _passed_as_text(item: PassedOver) -> str:
    methods = ", ".join(item.methods)
    line = f"--agent {shlex.quote(item.spec)}"
    return f"{item.target}  (class in {item.module}) is not taken for an agent. If it is one ({methods}), join it with {line}\n"


def _fields(fields: dict[str, str]) -> str:
    return ", ".join(f"{name}: {kind}" if name else kind for name, kind in fields.items()) or "unknown"
