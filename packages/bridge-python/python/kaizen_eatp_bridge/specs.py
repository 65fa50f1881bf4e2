"""Reads agent specs: `NAME=MODULE:TARGET#METHOD`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from .errors import StartError
from .keys import check_name

_NAME = re.compile(r"([A-Za-z0-9_.-]{1,64})=(.*)", re.DOTALL)
_METHOD = re.compile(r"(.*[\w)\]])#([A-Za-z_]\w*)", re.DOTALL)
_FORM = "NAME=MODULE:TARGET, such as analyst=my_agents:Analyst or qa=my_agents.py:QA(config={'model': 'gpt-4o'})#ask"


@dataclass(frozen=True)
class AgentSpec:
    """An agent to serve: its name, and where its module has it.

    Attributes:
        name: The name under which the agent joins.
        module: A module's name, or the path of a Python file.
        target: A Python expression for the agent: a name, a dotted name, or a call of either.
        method: The method to call, if the spec names one.
        failures: The rule that separates failures from results: one of `outcomes.RULES`.
        strict: Whether the output must be of plain values already.
        allow_input: Whether the agent may contain `input()`, which fails when it is called.
    """

    name: str
    module: str
    target: str
    method: str | None = None
    failures: str = "kaizen"
    strict: bool = False
    allow_input: bool = False

    def __str__(self) -> str:
        return f"{self.module}:{self.target}" + (f"#{self.method}" if self.method else "")

    @property
    def is_called(self) -> bool:
        """Whether the target itself is a call, such as `make()`."""
        return isinstance(ast.parse(self.target.strip(), mode="eval").body, ast.Call)


def parse_spec(text: str) -> AgentSpec:
    """Reads `NAME=MODULE:TARGET` or `NAME=MODULE:TARGET#METHOD`. MODULE can be the path of a Python file.

    Raises:
        StartError: The text does not have this form.
    """
    named = _NAME.fullmatch(text)
    if named is None:
        if "=" in text and is_target(text.partition("=")[2]):
            check_name(text.partition("=")[0])
        raise _not_a_spec(text)
    module, target, method = split_target(named[2], text)
    return AgentSpec(check_name(named[1]), module, target, method)


def split_target(text: str, whole: str | None = None) -> tuple[str, str, str | None]:
    """Splits `MODULE:TARGET#METHOD` into its three parts.

    Raises:
        StartError: The text does not have this form.
    """
    found = _split(text)
    if found is None:
        raise _not_a_spec(text if whole is None else whole)
    return found


def is_target(text: str) -> bool:
    """Whether a string is `MODULE:TARGET`, with or without `#METHOD`."""
    return _split(text) is not None


def _split(text: str) -> tuple[str, str, str | None] | None:
    method = _METHOD.fullmatch(text)
    body, name = (method[1], method[2]) if method else (text, None)
    # A Windows path and an argument can both contain a colon: the right one has an expression behind it.
    for at, character in enumerate(body):
        if character == ":" and at > 0 and _is_expression(body[at + 1 :]):
            return body[:at], body[at + 1 :].strip(), name
    return None


def _is_expression(text: str) -> bool:
    try:
        node: ast.expr = ast.parse(text.strip(), mode="eval").body
        # Once more in parentheses, since a comment, which swallows the closing one, is not a part of a spec.
        ast.parse(f"({text.strip()})", mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name)


def _not_a_spec(text: str) -> StartError:
    return StartError(f"Expected {_FORM}; got {text!r}, which names no agent.", f"Write --agent {_FORM.split(',')[0]}.")
