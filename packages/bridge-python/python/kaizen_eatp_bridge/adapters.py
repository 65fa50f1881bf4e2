"""One way to call whatever an agent is: an instance of Kaizen's classes, an object with role methods, a function."""

from __future__ import annotations

import asyncio
import inspect
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .context import current_invocation
from .errors import AgentInputError, StartError
from .roles import call_role, has_role_method, role_methods_of

KINDS = ("trusted_agent", "base_agent", "agent", "role", "function")


@dataclass(frozen=True)
class Agent:
    """Something that can be invoked.

    Attributes:
        kind: One of `KINDS`; told to the bridge.
        is_async: Whether `call` returns an awaitable that runs on the event loop. If not, it blocks.
        call: Takes the input, returns the output or an awaitable of it.
    """

    kind: str
    is_async: bool
    call: Callable[[Any], Any]

    def call_blocking(self, value: Any) -> Any:
        """Calls it in this thread and waits for the output."""
        outcome = self.call(value)
        return asyncio.run(_await(outcome)) if inspect.isawaitable(outcome) else outcome


def adapt(obj: Any, where: str) -> Agent:
    """Finds out what an object is and how to call it.

    Args:
        where: How the user named it, for messages.

    Raises:
        StartError: It is nothing that can be an agent.
    """
    if _is_trusted_agent(obj):
        return Agent("trusted_agent", True, _trusted_caller(obj))
    if callable(getattr(obj, "to_agent", None)) and not inspect.isclass(obj):
        obj = obj.to_agent()
    if callable(getattr(obj, "run", None)) or callable(getattr(obj, "run_async", None)):
        return _adapt_runner(obj)
    if role_methods_of(obj):
        return _adapt_roles(obj)
    if callable(obj):
        return Agent("function", _is_coroutine_function(obj), _function_caller(obj))
    raise StartError(
        f"{where} is a {type(obj).__name__}, which cannot be an agent.",
        "Name an object with run(), a TrustedAgent, a pipeline, a class or factory of one, or a function.",
    )


# --- objects with run() -------------------------------------------------------------------------------------------


def _adapt_runner(obj: Any) -> Agent:
    is_base = _is_base_agent(obj)
    if is_base:
        _keep_swallowed_errors(obj)
    run = obj.run_async if _prefers_async(obj) else obj.run
    is_async = _is_coroutine_function(run)
    call = _run_caller(obj, run)
    if not is_base:
        return Agent("agent", is_async, call)
    if is_async:

        async def call_async(value: Any) -> Any:
            outcome = call(value)
            return _unless_swallowed(await outcome if inspect.isawaitable(outcome) else outcome)

        return Agent("base_agent", True, call_async)
    return Agent("base_agent", False, lambda value: _unless_swallowed(call(value)))


def _prefers_async(obj: Any) -> bool:
    """Whether `run_async` is the one to call: Kaizen's own refuses to run without `use_async_llm`."""
    if not callable(getattr(obj, "run", None)):
        return True
    if not _is_coroutine_function(getattr(obj, "run_async", None)):
        return False
    if not getattr(getattr(obj, "config", None), "use_async_llm", False):
        return False
    # A subclass with a `run` of its own means that one: an inherited `run_async` would go past it.
    return _depth_of(obj, "run_async") <= _depth_of(obj, "run")


def _depth_of(obj: Any, name: str) -> int:
    """How far up in an object's classes a method is defined; 0 is its own class."""
    return next((i for i, cls in enumerate(type(obj).__mro__) if name in vars(cls)), 0)


def _run_caller(obj: Any, run: Callable[..., Any]) -> Callable[[Any], Any]:
    signed = getattr(getattr(obj, "signature", None), "input_fields", None)
    known = set(signed) if isinstance(signed, Mapping) else None

    def call(value: Any) -> Any:
        if not _is_fields(value):
            return run(**{_only_field(obj, run): value})
        # A signature that takes the role's fields says it all; else the method that was written for the role does.
        if known is not None and not known >= value.keys() and has_role_method(obj, value):
            return call_role(obj, value)
        return run(**value)

    return call


def _only_field(obj: Any, run: Callable[..., Any]) -> str:
    """Where an input goes that is not a set of fields."""
    fields = getattr(getattr(obj, "signature", None), "input_fields", None)
    if isinstance(fields, Mapping) and fields:
        needed = [n for n, f in fields.items() if not isinstance(f, Mapping) or f.get("required", True)]
        names = needed if needed else list(fields)
    else:
        names = [p.name for p in _needed_parameters(run)]
    if len(names) == 1:
        return names[0]
    raise AgentInputError(
        f"The input is no set of fields, and {type(obj).__name__} takes "
        + (f"several: {', '.join(names)}." if names else "fields of any name."),
        "Pass an object with the fields by name.",
    )


def _unless_swallowed(output: Any) -> Any:
    """The output, unless it is what Kaizen returns in place of an error."""
    if not (type(output) is dict and output.get("success") is False and output.keys() == {"error", "type", "success"}):
        return output
    invocation = current_invocation()
    error = invocation._swallowed if invocation else None
    if error is not None:
        raise error
    raise type(str(output["type"]), (Exception,), {})(str(output["error"]))


def _keep_swallowed_errors(obj: Any) -> None:
    """Kaizen's default error handling turns an exception into a dict; its traceback would be lost with it."""
    handle = getattr(obj, "_handle_error", None)
    if not callable(handle):
        return

    def handle_and_keep(error: Exception, context: Any) -> Any:
        invocation = current_invocation()
        if invocation is not None:
            invocation._swallowed = error
        return handle(error, context)

    obj._handle_error = handle_and_keep


# --- TrustedAgent, roles, functions -------------------------------------------------------------------------------


def _trusted_caller(obj: Any) -> Callable[[Any], Any]:
    async def call(value: Any) -> Any:
        invocation = current_invocation()
        if invocation is not None and invocation.human_origin is None and _needs_context(obj):
            raise AgentInputError(
                "A TrustedAgent of kailash.trust acts only for a person, and this invocation names none.",
                "Pass humanOrigin to runtime.execute().",
            )
        return await obj.execute_async(inputs=value if _is_fields(value) else {_only_field(obj, obj.run): value})

    return call


def _needs_context(obj: Any) -> bool:
    return bool(getattr(getattr(obj, "_config", None), "fail_on_verification_failure", True))


def _adapt_roles(obj: Any) -> Agent:
    is_async = all(_is_coroutine_function(getattr(obj, name)) for name in role_methods_of(obj))
    return Agent("role", is_async, lambda value: call_role(obj, value))


def _function_caller(function: Callable[..., Any]) -> Callable[[Any], Any]:
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):  # some built-ins have none
        return lambda value: function(value)
    named = {
        p.name for p in signature.parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    }
    needed = {p.name for p in _needed_parameters(function)}
    takes_any = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    positional_only = any(p.kind is p.POSITIONAL_ONLY for p in signature.parameters.values())
    whole = _whole_parameter(function, signature)

    def call(value: Any) -> Any:
        if type(value) is dict and not positional_only:
            keys = value.keys()
            if needed <= keys and (takes_any and _is_fields(value) or keys <= named):
                return function(**value)
        if whole is not None and (whole.takes_dict or type(value) is not dict):
            return function(value)
        raise AgentInputError(
            f"The input does not fit {getattr(function, '__qualname__', function)}{signature}: it "
            + (f"has the fields {', '.join(map(str, value)) or '(none)'}." if type(value) is dict else "is no set of fields."),
            "Name the fields like the parameters, or give the function one parameter for all.",
        )

    return call


@dataclass(frozen=True)
class _Whole:
    takes_dict: bool


def _whole_parameter(function: Callable[..., Any], signature: inspect.Signature) -> _Whole | None:
    """Whether one parameter can take the whole input, and whether that may be a dict."""
    positional = [
        p for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    needed = [p for p in positional if p.default is p.empty]
    others = [p for p in _needed_parameters(function) if p.kind is p.KEYWORD_ONLY]
    if others or len(needed) > 1 or not positional:
        return None
    parameter = needed[0] if needed else positional[0]
    try:
        hint = typing.get_type_hints(function).get(parameter.name, Any)
    except Exception:  # an annotation that cannot be resolved says nothing
        hint = Any
    origin = typing.get_origin(hint) or hint
    takes_dict = hint is Any or not isinstance(origin, type) or issubclass(origin, Mapping) or origin is object
    return _Whole(takes_dict)


def _needed_parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return []
    return [
        p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    ]


# --- what something is --------------------------------------------------------------------------------------------


def _is_fields(value: Any) -> bool:
    return type(value) is dict and all(type(key) is str for key in value)


def _is_coroutine_function(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))


async def _await(awaitable: Any) -> Any:
    return await awaitable


def _is_trusted_agent(obj: Any) -> bool:
    return _is_instance(obj, "kailash.trust.agents.trusted_agent", "TrustedAgent")


def _is_base_agent(obj: Any) -> bool:
    return _is_instance(obj, "kaizen.core.base_agent", "BaseAgent")


def _is_instance(obj: Any, module: str, name: str) -> bool:
    """Whether it is of a class that, if it is, must be imported already: nothing is imported for the question."""
    cls = getattr(sys.modules.get(module), name, None)
    return cls is not None and isinstance(obj, cls)
