"""Proposes how to make and call an agent, as the line that joins it."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from dataclasses import dataclass, field
from typing import Any

from .constructing import config_class, fields_without_default, hints_of, needed_parameters, signature_of
from .methods import default_verbs, own_run, pattern_method, verbs_of
from .roles import role_methods_of

_DEPTH = 4


@dataclass
class Proposal:
    """How an agent would be made and called.

    Attributes:
        target: The expression that makes it, with a method after a `#` where one must be named.
        calls: The method or function that is called.
        inputs: The input fields by name, with their types; one that need not be given ends with `?`.
        outputs: The output fields by name, or the type of the output.
        kind: Whether it blocks, is async or streams.
        methods: Its other methods that could be called, by `#`.
        reason: Why it cannot join like this; None if it can.
    """

    target: str
    calls: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    kind: str = "blocking"
    methods: list[str] = field(default_factory=list)
    reason: str | None = None


def propose(obj: Any, what: str, place: str, name: str, module: Any) -> Proposal:
    """How a class, an instance, a factory or a function would be made and called."""
    if what == "function":
        return _described(Proposal(name), obj, name, None)
    if what == "factory":
        cls = hints_of(obj).get("return")
        proposal = Proposal(f"{name}()" if needed_parameters(obj) or not _is_bare(obj) else name)
        return _called(proposal, cls) if inspect.isclass(cls) else proposal
    if what == "instance":
        return _called(Proposal(name), type(obj), obj)
    target, reason = _construction(obj, name, _DEPTH, (obj,))
    factory = _factory_of(obj, module) if target != name else None
    if factory is not None:
        # It makes the parts of a pattern share what they must share.
        target, reason = f"{factory}()", None
    return _called(Proposal(_KNOWN.get(f"{obj.__module__}.{name}", target), reason=reason), obj)


_KNOWN = {"kaizen_agents.api.agent.Agent": 'Agent(model=os.environ["KAIZEN_MODEL"])'}
"""Classes that need an argument which their signature says is optional."""


def _factory_of(cls: type, module: Any) -> str | None:
    """A function of the module that makes an instance of a class without arguments."""
    for name, item in vars(module).items():
        is_own = inspect.isfunction(item) and item.__module__ == cls.__module__ and not name.startswith("_")
        if is_own and not needed_parameters(item) and hints_of(item).get("return") is cls:
            return name
    return None


def _is_bare(factory: Any) -> bool:
    return not inspect.signature(factory).parameters or inspect.isclass(hints_of(factory).get("return"))


def _called(proposal: Proposal, cls: type, obj: Any = None) -> Proposal:
    is_base = any(base.__module__ == "kaizen.core.base_agent" for base in cls.__mro__)
    pattern = pattern_method(cls)
    run = own_run(cls)
    verbs = default_verbs(cls, is_base=is_base)
    proposal.methods = verbs_of(cls)
    if pattern or len(verbs) == 1 or run:
        method = pattern or (verbs[0] if len(verbs) == 1 else run) or ""
        proposal.methods = [name for name in proposal.methods if name != method]
        return _described(proposal, getattr(cls, method), method, cls, obj)
    if role_methods_of(cls):
        proposal.calls = "by role: " + ", ".join(role_methods_of(cls))
        return proposal
    if callable(getattr(cls, "to_agent", None)):
        proposal.calls = "to_agent(), then run"
        return proposal
    if "__call__" in dir(cls) and "__call__" in {n for base in cls.__mro__[:-1] for n in vars(base)}:
        return _described(proposal, cls.__call__, "__call__", cls)
    inputs = [tuple(sorted(signature_of(getattr(cls, v)).parameters)) for v in verbs if signature_of(getattr(cls, v))]  # type: ignore[union-attr]
    if len(set(inputs)) < len(inputs):
        proposal.target += f"#{verbs[0]}"
        proposal.methods = [name for name in proposal.methods if name != verbs[0]]
        return _described(proposal, getattr(cls, verbs[0]), verbs[0], cls)
    proposal.calls = "by its fields: " + ", ".join(verbs)
    return proposal


def _described(proposal: Proposal, function: Any, name: str, cls: type | None, obj: Any = None) -> Proposal:
    proposal.calls = name
    is_stream = inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function)
    is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    proposal.kind = ("async " if is_async else "") + ("streaming" if is_stream else "" if is_async else "blocking")
    proposal.kind = proposal.kind.strip()
    signature = signature_of(function)
    hints = hints_of(function)
    signed = _signature_fields(cls) if obj is None else _fields_of(getattr(obj, "signature", None))
    for parameter in list(signature.parameters.values()) if signature else []:
        if parameter.name == "self" and cls is not None or parameter.kind is parameter.VAR_POSITIONAL:
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            if parameter.name == "inputs" or not proposal.inputs:
                proposal.inputs.update(signed[0] or {"…": "fields of any name"})
            continue
        hint = _hint(hints.get(parameter.name))
        proposal.inputs[parameter.name] = hint + ("" if parameter.default is parameter.empty else "?")
    returned = hints.get("return")
    proposal.outputs = signed[1] if signed[1] and name in ("run", "run_async") else {"": _hint(returned)} if returned else {}
    return proposal


def _signature_fields(cls: type | None) -> tuple[dict[str, str], dict[str, str]]:
    """The fields of the Signature that a Kaizen agent's module defines for it, where there is only one."""
    module = sys.modules.get(cls.__module__) if cls is not None else None
    base = getattr(sys.modules.get("kaizen.signatures.core"), "Signature", None)
    if module is None or base is None or cls is None:
        return {}, {}
    names = set(cls.__init__.__code__.co_names) if hasattr(cls.__init__, "__code__") else set()
    own = [s for s in vars(module).values() if inspect.isclass(s) and issubclass(s, base) and s is not base]
    used = [s for s in own if s.__name__ in names] or (own if len(own) == 1 else [])
    if len(used) != 1:
        return {}, {}
    try:
        return _fields_of(used[0]())
    except Exception:  # a signature that needs arguments
        return {}, {}


def _fields_of(signature: Any) -> tuple[dict[str, str], dict[str, str]]:
    inputs, outputs = getattr(signature, "input_fields", None), getattr(signature, "output_fields", None)
    return (_fields(inputs), _fields(outputs)) if isinstance(inputs, dict) and isinstance(outputs, dict) else ({}, {})


def _fields(fields: Any) -> dict[str, str]:
    return {
        name: _hint(f.get("type") if isinstance(f, dict) else None) + ("" if not isinstance(f, dict) or f.get("required", True) else "?")
        for name, f in dict(fields).items()
    }


def _construction(cls: type, name: str, depth: int, within: tuple[type, ...]) -> tuple[str, str | None]:
    """The expression that makes an instance, and why it cannot."""
    arguments: list[str] = []
    reasons: list[str] = []
    for parameter in needed_parameters(cls):
        config = config_class(cls, parameter)
        if config is not None and not fields_without_default(config):
            continue
        value, reason = _value(cls, parameter, config, depth, within)
        if reason:
            reasons.append(reason)
        arguments.append(value if parameter.kind is parameter.POSITIONAL_ONLY else f"{parameter.name}={value}")
    expression = f"{name}({', '.join(arguments)})" if arguments else name
    return expression, "; ".join(reasons) or None


def _value(
    cls: type, parameter: inspect.Parameter, config: Any, depth: int, within: tuple[type, ...]
) -> tuple[str, str | None]:
    if config is not None:
        missing = fields_without_default(config)
        values = {n: _example(hints_of(config).get(n), n) for n in missing}
        text = "{" + ", ".join(f"{n!r}: {v or '…'}" for n, v in values.items()) + "}"
        unknown = [n for n, v in values.items() if v is None]
        return text, f"{config.__name__} needs {', '.join(unknown)}" if unknown else None
    hint = hints_of(cls).get(parameter.name)
    made = _example(hint, parameter.name, cls.__name__) or _made(hint, parameter.name, depth, within, cls)
    return (made, None) if made is not None else ("…", f"it needs {parameter.name} ({_hint(hint)})")


def _made(hint: Any, name: str, depth: int, within: tuple[type, ...], cls: type) -> str | None:
    """The expression that makes a value of a class, or a list of one, out of nothing but defaults."""
    options = [a for a in typing.get_args(hint) if a is not type(None)]
    origin = typing.get_origin(hint)
    is_unknown = hint in (None, Any, "BaseAgent")
    if is_unknown and name in ("inner", "agent", "supervisor", "controller", "synthesizer", "coordinator"):
        return _BASE_AGENT
    if origin is list and options or hint is list or (hint is None and name in _LISTS):
        inner = _made(options[0] if options else None, "agent" if name in _LISTS else "", depth, within, cls)
        return f"[{inner}]" if inner else None
    if origin is dict and len(options) == 2 and options[0] is int:
        inner = _made(options[1], name, depth, within, cls)
        return f"{{1: {inner}}}" if inner else None
    if origin is dict and name in ("context", "config", "metadata", "options"):
        return "{}"
    is_union = origin is typing.Union or origin is types.UnionType
    target = next((a for a in options if inspect.isclass(a)), None) if is_union else hint
    if target is Any or not inspect.isclass(target) or target in within or depth <= 0 or target.__module__ == "builtins":
        return None
    if target.__module__ == "kaizen.core.base_agent":
        return _BASE_AGENT
    if inspect.isabstract(target):
        return None
    expression, reason = _construction(target, _path_of(target, cls), depth - 1, (*within, target))
    return None if reason else expression if expression.endswith(")") else f"{expression}()"


_BASE_AGENT = "kaizen.core.base_agent.BaseAgent(config=kaizen.core.config.BaseAgentConfig())"
"""An example of an agent that others wrap or call, to be replaced by one of the user's own."""

_LISTS = ("agents", "workers", "specialists", "voters", "members")


def _path_of(target: type, cls: type) -> str:
    """How a class is named in the spec: by its name where the agent's own module has it, else by its full path."""
    module = sys.modules.get(cls.__module__)
    return target.__name__ if getattr(module, target.__name__, None) is target else f"{target.__module__}.{target.__qualname__}"


def _example(hint: Any, name: str, owner: str = "agent") -> str | None:
    """A value for a parameter of a simple type whose name says what it is."""
    options = [a for a in typing.get_args(hint) if a is not type(None)]
    kind = options[0] if typing.get_origin(hint) is typing.Union and options else hint
    lowered = name.lower()
    if kind in (str, None) or not inspect.isclass(kind):
        if lowered in ("agent_id", "name", "id", "agent_name"):
            return repr(owner.lower())
        if lowered in ("model", "llm_model", "model_name"):
            return 'os.environ["KAIZEN_MODEL"]'
        if lowered in ("llm_provider", "provider"):
            return 'os.environ["KAIZEN_LLM_PROVIDER"]'
        if lowered.endswith(("_name", "_id", "role")) or lowered in ("perspective", "topic", "task"):
            return repr(lowered) if kind is str else None
    if kind is int and lowered in ("tier_level", "stage_index", "level"):
        return "1"
    return None


def _hint(hint: Any) -> str:
    if hint is None:
        return "any"
    if isinstance(hint, str):
        return hint
    simple = inspect.isclass(hint) and not getattr(hint, "__args__", None)
    return hint.__name__ if simple else str(hint).replace("typing.", "")
