"""Finds the agents in a file, a folder or a package, and the line that joins each."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from .constructing import hints_of
from .errors import StartError
from .importing import import_module, is_file_name
from .loading import is_factory, makes_worker
from .methods import default_verbs, is_base_agent, is_portable, own_run, pattern_method, verbs_of
from .proposals import Proposal, propose
from .roles import role_methods_of

_CONVERSING = frozenset({"ask", "chat", "answer", "respond", "reply"})
"""Methods by which a class is an agent, whatever its name."""
_SKIPPED = {".venv", "venv", "node_modules", "__pycache__", ".git", "build", "dist", "site-packages"}
_NOT_AGENTS = re.compile(
    r".*(Mixin|Strategy|Protocol|Interface|Config|Signature|Error|Exception|Test|Memory|Store|Pool|Manager|Registry|"
    r"Server|Runtime|Loop|Engine|Scheduler|Executor|Factory|Adapter|Client|Monitor|Runner|Like)"
)
_NOT_FUNCTIONS = re.compile(r"main|cli|run_.*|test_.*|demo.*|example.*|setup.*|_.*|get_.*|load_.*|save_.*|print_.*|log_.*|parse_.*")


@dataclass
class FoundAgent:
    """An agent that `inspect` lists.

    Attributes:
        name: The name under which it would join.
        what: `class`, `instance`, `factory` or `function`.
        module: The module or file, as a spec names it.
        target: The target of its spec.
        proposal: How it would be made and called.
        is_joined: Whether `join FILE` joins it.
    """

    name: str
    what: str
    module: str
    target: str
    proposal: Proposal
    is_joined: bool = True
    others: list[Proposal] = field(default_factory=list)


@dataclass
class Trouble:
    """A file that could not be imported, and why."""

    module: str
    reason: str


@dataclass
class PassedOver:
    """A class with methods that is not listed as an agent, and the spec that joins it if it is one."""

    module: str
    target: str
    methods: list[str]

    @property
    def spec(self) -> str:
        """How it would join, by its first method."""
        return f"{self.target}={self.module}:{self.target}#{self.methods[0]}"


def discover(place: str) -> Iterator[FoundAgent | Trouble | PassedOver]:
    """The agents of a file, a folder or a package, the files that fail, and the classes that are passed over.

    Raises:
        StartError: There is no such file, folder or package, or a file that is named itself fails.
    """
    path = Path(place).expanduser()
    if path.is_dir() and (is_file_name(place) or not _is_module(place)):
        for file in sorted(path.rglob("*.py")):
            if not _SKIPPED & set(file.parts) and _may_hold_agents(file):
                yield from _of(str(file))
        return
    module = import_module(place)
    yield from _in(module, place)
    if hasattr(module, "__path__") and not is_file_name(place):
        for info in pkgutil.walk_packages(module.__path__, f"{module.__name__}.", onerror=lambda _: None):
            if not info.name.endswith("__main__"):
                yield from _of(info.name)


def agents_in(module: ModuleType, place: str) -> list[FoundAgent]:
    """The agents that a module defines."""
    found: dict[str, FoundAgent] = {}
    for name, obj in list(vars(module).items()):
        what = None if name.startswith("_") else _what(module, name, obj)
        if what is not None:
            proposal = propose(obj, what, place, name, module)
            found[name] = FoundAgent(_agent_name(name), what, place, name, proposal, proposal.reason is None)
    agents = list(found.values())
    made = {proposal_class for a in agents if a.what == "class" for proposal_class in (a.target,)}
    for agent in agents:
        if agent.what == "factory" and _returned_name(getattr(module, agent.target)) in made:
            agent.is_joined = agent.is_joined and not _joins(agents, _returned_name(getattr(module, agent.target)))
        if agent.what == "function" and not _is_meant(module, agent.target, agents):
            agent.is_joined = False
    return agents


def joined_agents(place: str) -> list[FoundAgent]:
    """The agents that `join PLACE` joins.

    Raises:
        StartError: There is none, or one of the files fails.
    """
    all_found = list(discover(place))
    for trouble in all_found:
        if isinstance(trouble, Trouble) and is_file_name(place):
            raise StartError(f"{trouble.module} cannot be imported: {trouble.reason}")
    found = [agent for agent in all_found if isinstance(agent, FoundAgent) and agent.is_joined]
    if not found:
        raise StartError(
            f"Expected agents in {place}; found none that joins without arguments.",
            f"See what it holds: kaizen-eatp-bridge inspect {place}",
        )
    return found


def _in(module: ModuleType, place: str) -> Iterator[FoundAgent | PassedOver]:
    agents = agents_in(module, place)
    yield from agents
    taken = {agent.target.split("(")[0] for agent in agents} | {_returned_name(getattr(module, a.target, None)) for a in agents}
    for name, obj in vars(module).items():
        if name not in taken and inspect.isclass(obj) and obj.__module__ == module.__name__:
            methods = [] if _is_no_worker(obj) else verbs_of(obj)
            if methods:
                yield PassedOver(place, name, methods)


def _is_no_worker(cls: type) -> bool:
    """Whether a class is a value, a kind of error or a helper by its form or its name."""
    is_form = issubclass(cls, BaseException) or inspect.isabstract(cls) or is_portable(cls)
    return is_form or cls.__name__.startswith("_") or bool(_NOT_AGENTS.fullmatch(cls.__name__))


def _of(name: str) -> Iterator[FoundAgent | Trouble | PassedOver]:
    try:
        yield from _in(import_module(name), name)
    except StartError as error:
        yield Trouble(name, " ".join(filter(None, (error.message, error.remedy.split("\n")[0]))))


def _what(module: ModuleType, name: str, obj: Any) -> str | None:
    if inspect.isclass(obj):
        return "class" if obj.__module__ == module.__name__ and is_agent_class(obj) else None
    if inspect.isfunction(obj):
        if obj.__module__ != module.__name__:
            return None
        if is_factory(obj) and _makes_agent(obj):
            return "factory"
        return None if _NOT_FUNCTIONS.fullmatch(name) or not _is_work(obj) else "function"
    return "instance" if _is_agent_instance(obj) else None


def is_agent_class(cls: type) -> bool:
    """Whether a class looks like one whose instances are agents."""
    if inspect.isabstract(cls) or cls.__name__.startswith("_") or issubclass(cls, BaseException):
        return False
    is_base = any(base.__module__ == "kaizen.core.base_agent" and base.__name__ == "BaseAgent" for base in cls.__mro__)
    if is_base or pattern_method(cls) or callable(getattr(cls, "to_agent", None)):
        return True
    if getattr(cls, "_is_protocol", False) or hasattr(cls, "__members__") or _NOT_AGENTS.fullmatch(cls.__name__):
        return False
    if any(base.__module__.startswith("kailash.nodes") or base.__module__ == "kaizen.nodes.base" for base in cls.__mro__):
        return cls.__name__.endswith("Agent")
    if own_run(cls) or role_methods_of(cls):
        return True
    if hasattr(cls, "__dataclass_fields__"):
        return False
    verbs = default_verbs(cls, is_base=False)
    is_named_so = bool(re.search(r"(Agent|Assistant|Bot|Worker|Expert|Analyst|Supervisor|Delegate)$", cls.__name__))
    return bool(verbs) and (is_named_so or not _CONVERSING.isdisjoint(verbs))


def _is_agent_instance(obj: Any) -> bool:
    if is_base_agent(obj):
        return True
    cls = type(obj)
    module = cls.__module__.split(".")[0]
    if module in ("builtins", "typing", "types", "logging", "functools") or inspect.ismodule(obj):
        return False
    return is_agent_class(cls) or (callable(obj) and "__call__" in vars(cls) and not inspect.isclass(obj) and module not in ("unittest",))


def _makes_agent(function: Any) -> bool:
    returned = hints_of(function).get("return")
    if inspect.isclass(returned):
        return is_agent_class(returned) or returned.__name__ == "BaseAgent" or makes_worker(function, returned)
    if isinstance(returned, str):
        return bool(re.search(r"(Agent|Pattern|Pipeline|Delegate|Supervisor|Workflow)$", returned))
    return returned is None and bool(re.match(r"(make|create|build|new)_", function.__name__))


def _returned_name(function: Any) -> str | None:
    hint = getattr(function, "__annotations__", {}).get("return")
    return hint if isinstance(hint, str) else getattr(hint, "__name__", None)


def _is_work(function: Any) -> bool:
    """Whether a function takes inputs, and not functions or classes, as decorators and helpers do."""
    parameters = list(inspect.signature(function).parameters.values())
    names = {p.name for p in parameters}
    return bool(parameters) and not names & {"func", "fn", "function", "cls", "self", "callback", "agent", "args", "argv"}


def _is_meant(module: ModuleType, name: str, agents: list[FoundAgent]) -> bool:
    """Whether a function is an agent: it is exported, or the module has nothing else that could be one."""
    exported = getattr(module, "__all__", None)
    if exported is not None:
        return name in exported
    return all(agent.what == "function" for agent in agents)


def _joins(agents: list[FoundAgent], target: str | None) -> bool:
    return any(agent.target == target and agent.is_joined for agent in agents)


def _agent_name(target: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", target)[:64]


def _is_module(name: str) -> bool:
    from importlib.util import find_spec

    try:
        return name.replace(".", "").isidentifier() and find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def _may_hold_agents(file: Path) -> bool:
    return not file.name.startswith(("test_", "conftest", "setup")) and file.stat().st_size > 0

