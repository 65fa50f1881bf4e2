"""Finds, joins and calls agents as a worker does, and says what became of each."""

from __future__ import annotations

import asyncio
import warnings
from dataclasses import dataclass
from typing import Any

from kaizen_eatp_bridge.cli_inspect import spec_of
from kaizen_eatp_bridge.context import Invocation, enter
from kaizen_eatp_bridge.discovery import FoundAgent, Trouble, discover
from kaizen_eatp_bridge.errors import StartError
from kaizen_eatp_bridge.loading import load_agent, parse_spec
from kaizen_eatp_bridge.values import decode
from kaizen_eatp_bridge.payloads import encode_value

PATIENCE = 60.0


@dataclass
class Outcome:
    """The end of a call: `result` with the output, or `failure` with the error."""

    kind: str
    value: Any


def found_in(place: str) -> tuple[dict[str, FoundAgent], list[Trouble]]:
    """The agents of a place by `module.target`, where `module` is the last part of its name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        items = list(discover(place))
    agents = {f"{_short(item.module)}.{item.target}": item for item in items if isinstance(item, FoundAgent)}
    return agents, [item for item in items if isinstance(item, Trouble)]


def joined(agent: FoundAgent, spec: str | None = None) -> Any:
    """An agent, joined by the spec that `inspect` printed; or the StartError that says why not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_agent(parse_spec(spec or spec_of(agent)))
    except StartError as error:
        return error


def called(agent: Any, value: Any) -> Outcome:
    """Returns an agent's answer to an input, as it arrives on the other side."""

    async def main() -> Any:
        enter(Invocation("survey", 1))
        call = agent.invoke(value) if agent.is_async else asyncio.to_thread(_blocking, agent, value)
        return await asyncio.wait_for(call, PATIENCE)

    try:
        return Outcome("result", decode(encode_value(asyncio.run(main()), "output")))
    except Exception as error:
        return Outcome("failure", error)


def _blocking(agent: Any, value: Any) -> Any:
    return agent.call_blocking(value)


def _short(module: str) -> str:
    return module.removesuffix(".py").replace("/", ".").split(".")[-1]
