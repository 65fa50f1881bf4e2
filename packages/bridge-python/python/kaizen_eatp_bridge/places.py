"""Which agents a `join` command names: in specs, and as files whose agents all join."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from .cli_inspect import spec_of
from .discovery import joined_agents
from .errors import StartError
from .outcomes import RULES
from .specs import AgentSpec, is_target, parse_spec, split_target


def specs_of(options: argparse.Namespace) -> list[AgentSpec]:
    """The agents that a command names.

    Raises:
        StartError: A spec or a rule does not have its form, two agents have one name, or a file holds no agent.
    """
    specs = [spec for text in options.agent for spec in _specs(text)]
    specs += [spec for place in options.places for spec in _specs(place)]
    names = [spec.name for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StartError(f"Two agents have the same name: {', '.join(twice)}.", "Give each a unique name with --agent NAME=….")
    rules = _rules(options.failures, names)
    return [
        replace(spec, failures=rules.get(spec.name, rules[""]), strict=options.strict_values, allow_input=options.allow_input)
        for spec in specs
    ]


def _specs(text: str) -> list[AgentSpec]:
    if "=" in text.split(":")[0].split("(")[0] and not Path(text).exists():
        return [parse_spec(text)]
    if is_target(text):
        module, target, method = split_target(text)
        name = target.split("(")[0].split(".")[-1]
        return [parse_spec(f"{name}{'.' + method if method else ''}={text}")]
    if ":" in text and not Path(text).exists():
        return [parse_spec(text)]
    return [parse_spec(spec_of(agent)) for agent in joined_agents(text)]


def _rules(texts: list[str], names: list[str]) -> dict[str, str]:
    rules = {"": "kaizen"}
    for text in texts:
        name, _, rule = text.rpartition("=")
        if rule not in RULES or (name and name not in names):
            raise StartError(
                f"--failures: expected [NAME=]RULE with one of {', '.join(RULES)} and a joined agent's name; got {text!r}.",
                f"The agents are {', '.join(names)}.",
            )
        rules[name] = rule
    return rules
