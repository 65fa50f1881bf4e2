"""One way to call whatever an agent is: an instance of Kaizen's classes, an object with role methods, a function."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from .callers import Call, role_caller, run_caller, trusted_caller, verb_caller, verbs_caller
from .constructing import signature_of
from .errors import StartError
from .functions import function_caller, is_async_function
from .methods import (
    blocks,
    default_verbs,
    depth_of,
    is_base_agent,
    is_kaizens,
    is_trusted_agent,
    own_run,
    pattern_method,
    verbs_of,
)
from .outcomes import judge_for
from .own_loop import OwnLoop
from .roles import role_methods_of
from .streams import drain, drain_async, is_async_stream, is_stream
from .usage import count_result

KINDS = ("trusted_agent", "base_agent", "agent", "role", "function")

def _as_it_is(output: Any) -> Any:
    return output


@dataclass(frozen=True)
class Agent:
    """Something that can be invoked.

    Attributes:
        kind: One of `KINDS`; told to the bridge.
        is_async: Whether `invoke` calls it, on an event loop. If not, it blocks, and `call_blocking` does.
        call: Takes the input; returns the output, an awaitable of it, or a generator.
        how: How it is called, in words.
        judge: Returns the output, or raises an exception if it stands for a failure.
        obj: What was adapted, for `close()` and `cleanup()` at the end.
        own_loop: The event loop on which its coroutines run; None: the one of the connection.
        needs_process: Why it must run in a process of its own; None if it need not.
        is_strict: Whether its output must be of plain values already.
    """

    kind: str
    is_async: bool
    call: Call
    how: str = ""
    judge: Callable[[Any], Any] = field(default=_as_it_is, repr=False)
    obj: Any = field(default=None, repr=False)
    own_loop: OwnLoop | None = field(default=None, repr=False)
    needs_process: str | None = None
    is_strict: bool = False

    async def invoke(self, value: Any) -> Any:
        """Calls it on this event loop, or on its own, and waits for the output."""
        return await (self._invoke(value) if self.own_loop is None else self.own_loop.run(self._invoke(value)))

    async def _invoke(self, value: Any) -> Any:
        outcome = self.call(value)
        if inspect.isawaitable(outcome):
            outcome = await outcome
        return self.judge(count_result(await drain_async(outcome) if is_stream(outcome) else outcome))

    def call_blocking(self, value: Any, run: Callable[[Any], Any] = asyncio.run) -> Any:
        """Calls it in this thread and waits for the output.

        Args:
            run: Runs a coroutine to its end, where the agent has one.
        """
        try:
            outcome = self.call(value)
            if inspect.isawaitable(outcome) or is_async_stream(outcome):
                outcome = run(_finish(outcome))
            if inspect.isgenerator(outcome):
                outcome = drain(outcome)
            return self.judge(count_result(outcome))
        except StopIteration as error:
            # A future cannot hold it, and the call would never end.
            raise RuntimeError("the agent raised StopIteration") from error


async def _finish(outcome: Any) -> Any:
    if inspect.isawaitable(outcome):
        outcome = await outcome
    return await drain_async(outcome) if is_async_stream(outcome) else outcome


def adapt(obj: Any, where: str, method: str | None = None, *, failures: str = "kaizen") -> Agent:
    """Finds out what an object is and how to call it.

    Args:
        where: How the user named it, for messages.
        method: The method to call, where the spec names one.
        failures: The rule that separates failures from results: one of `outcomes.RULES`.

    Raises:
        StartError: It is nothing that can be an agent.
    """
    agent = _adapt_method(obj, where, method) if method else _adapt(obj, where)
    judged = agent.obj if agent.obj is not None else obj
    return replace(agent, judge=judge_for(judged, failures), obj=judged)


def _adapt(obj: Any, where: str) -> Agent:
    if is_trusted_agent(obj):
        return Agent("trusted_agent", True, trusted_caller(obj), "execute_async(inputs)")
    if callable(getattr(obj, "to_agent", None)) and not inspect.isclass(obj):
        obj = obj.to_agent()
    pattern = pattern_method(type(obj))
    if pattern is not None:
        return _method_agent(obj, "agent", pattern, function_caller(getattr(obj, pattern)), in_call=True)
    verbs = default_verbs(type(obj), is_base=is_base_agent(obj)) if not inspect.isfunction(obj) else []
    if own_run(type(obj)) is not None or _has_runner(obj):
        return _adapt_runner(obj, verbs)
    if role_methods_of(obj):
        return _adapt_roles(obj)
    if callable(obj):
        return Agent("function", is_async_function(obj), function_caller(obj), _described(obj), obj=obj)
    if verbs and not inspect.ismodule(obj) and type(obj).__module__ != "builtins":
        return _adapt_verbs(obj, verbs, where)
    raise StartError(
        f"{where} is a {type(obj).__name__}, which cannot be an agent.",
        "Name an object with run(), a TrustedAgent, a pipeline, a class or factory of one, or a function.",
    )


def _adapt_method(obj: Any, where: str, method: str) -> Agent:
    found = getattr(obj, method, None)
    if not callable(found):
        has = [n for n in dir(obj) if not n.startswith("_") and inspect.isroutine(getattr(obj, n, None))]
        raise StartError(
            f"{where}: {type(obj).__name__} has no method {method!r}. It has {', '.join(has[:20]) or 'none'}.",
            "Correct the name after the #.",
        )
    kind = "base_agent" if is_base_agent(obj) else "agent"
    return _method_agent(obj, kind, method, function_caller(found))


def _method_agent(obj: Any, kind: str, method: str, call: Call, *, in_call: bool = False) -> Agent:
    """An agent that is called by one method, on the event loop that suits it."""
    function = getattr(obj, method)
    is_async = is_async_function(function)
    loop = None
    if is_async and is_kaizens(type(obj)) and not _is_native(obj):
        # Kaizen's coroutines call models that block, and must not hold up the connection.
        if in_call or blocks(function):
            is_async = False
        else:
            loop = OwnLoop(type(obj).__name__)
    return Agent(kind, is_async, call, f"{_described(function)}", obj=obj, own_loop=loop)


def _is_native(obj: Any) -> bool:
    """Whether a Kaizen agent says that its model client does not block."""
    return bool(getattr(getattr(obj, "config", None), "use_async_llm", False))


# --- objects with run() -------------------------------------------------------------------------------------------


def _has_runner(obj: Any) -> bool:
    return callable(getattr(obj, "run", None)) or callable(getattr(obj, "run_async", None))


def _adapt_runner(obj: Any, verbs: list[str]) -> Agent:
    kind = "base_agent" if is_base_agent(obj) else "agent"
    run = _runner_of(obj)
    others = [getattr(obj, name) for name in verbs_of(type(obj))] if kind == "base_agent" and _takes_any(obj, run) else []
    call = run_caller(obj, getattr(obj, run), [verb for verb in others if not is_async_function(verb) or not _is_native(obj)])
    if len(verbs) == 1:
        return _method_agent(obj, kind, verbs[0], verb_caller(obj, getattr(obj, verbs[0]), getattr(obj, run), call))
    return _method_agent(obj, kind, run, call)


def _takes_any(obj: Any, run: str) -> bool:
    signature = signature_of(getattr(obj, run))
    return signature is not None and {p.kind for p in signature.parameters.values()} == {inspect.Parameter.VAR_KEYWORD}


def _runner_of(obj: Any) -> str:
    """`run` or `run_async`. Kaizen's own `run_async` refuses to work without `use_async_llm`."""
    if not callable(getattr(obj, "run", None)):
        return "run_async"
    cls = type(obj)
    if _is_native(obj) and is_async_function(getattr(obj, "run_async", None)):
        # A subclass with a `run` of its own means that one: an inherited `run_async` would go past it.
        return "run_async" if depth_of(cls, "run_async") <= depth_of(cls, "run") else "run"
    return own_run(cls) or "run"


def _adapt_roles(obj: Any) -> Agent:
    names = role_methods_of(obj)
    is_async = all(is_async_function(getattr(obj, name)) for name in names)
    return Agent("role", is_async, role_caller(obj), f"by role: {', '.join(names)}", obj=obj)


def _adapt_verbs(obj: Any, verbs: list[str], where: str) -> Agent:
    if len(verbs) == 1:
        return _method_agent(obj, "agent", verbs[0], function_caller(getattr(obj, verbs[0])))
    methods = {name: getattr(obj, name) for name in verbs}
    alike = [name for name in verbs if sum(_inputs(m) == _inputs(methods[name]) for m in methods.values()) > 1]
    if alike:
        raise StartError(
            f"{where} has several methods that take the same fields: {', '.join(alike)}.",
            f"Name the one to call after a #, as in {where}#{alike[0]}.",
        )
    is_async = all(is_async_function(method) for method in methods.values())
    how = "by its fields: " + ", ".join(_described(method) for method in methods.values())
    return Agent("agent", is_async, verbs_caller(methods, where), how, obj=obj)


def _inputs(function: Any) -> tuple[str, ...]:
    signature = signature_of(function)
    return tuple(sorted(signature.parameters)) if signature else ()


def _described(function: Any) -> str:
    signature = signature_of(function)
    name = getattr(function, "__name__", None) or type(function).__name__
    return name + ("()" if signature is None else f"({', '.join(map(_parameter, signature.parameters.values()))})")


def _parameter(parameter: inspect.Parameter) -> str:
    return str(parameter).split(":")[0].split("=")[0].strip() + ("" if parameter.default is parameter.empty else "?")
