"""Whether what an agent returned is a result or a failure. Kaizen turns exceptions into dicts, which look like results."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from .context import Invocation, current_invocation
from .errors import StartError
from .methods import pattern_method

RULES = ("kaizen", "error-key", "raised")
"""How a failure is told from a result; `kaizen` is the default. docs/joining-python-agents.md explains each."""

DECLARATION = "kaizen_eatp_is_failure"
"""The attribute by which an agent can decide itself: a function from the output to a bool or a reason."""

# A failure nested deeper, or behind more values, is not looked for.
_DEPTH, _VALUES = 6, 2_000

Judge = Callable[[Any], Any]


def judge_for(obj: Any, rule: str = "kaizen") -> Judge:
    """A function that returns an agent's output, or raises an exception in its place if it is a failure.

    Args:
        obj: The agent, whose own declaration comes first.
        rule: One of `RULES`.
    """
    if rule not in RULES:
        raise StartError(f"Expected one of {', '.join(RULES)} as a rule for failures; got {rule!r}.")
    declared = getattr(obj, DECLARATION, None) or getattr(getattr(obj, "__self__", None), DECLARATION, None)
    if callable(declared):
        return lambda output: _judge_as_declared(declared, output)
    if rule == "raised":
        return lambda output: output
    watch_kaizen()
    is_pattern = not inspect.isroutine(obj) and pattern_method(type(obj)) is not None
    return lambda output: _judge(output, rule, is_pattern)


def _judge_as_declared(declared: Callable[[Any], Any], output: Any) -> Any:
    reason = declared(output)
    if reason:
        raise _failure(output, reason if isinstance(reason, str) else None)
    return output


def _judge(output: Any, rule: str, is_pattern: bool) -> Any:
    if type(output) in _PLAIN:
        return _unless_runs_failed(output, is_pattern)
    found = failure_in(output, [_VALUES])
    if found is None and (rule == "error-key" and _has_error_key(output) or is_pattern and _says_failed(output)):
        found = output
    if found is not None:
        raise _failure(found, None)
    return _unless_runs_failed(output, is_pattern)


def failure_in(output: Any, budget: list[int], depth: int = 0) -> Any:
    """The failure that an output is or holds, or None.

    Looks into the values of dicts and dataclasses. A list is a failure if all of its items are: one failed item of many
    is a result that the caller asked for.
    """
    budget[0] -= 1
    if depth > _DEPTH or budget[0] < 0:
        return None
    if isinstance(output, Mapping):
        if _is_envelope(output, depth):
            return output
        for item in itertools.islice(output.values(), _VALUES):
            if type(item) not in _PLAIN and (found := failure_in(item, budget, depth + 1)) is not None:
                return found
        return None
    if isinstance(output, list | tuple) and not hasattr(output, "_fields"):
        if not output or type(output[0]) in _PLAIN:
            return None
        first = None
        for item in output:
            found = failure_in(item, budget, depth + 1)
            if found is None:
                return None
            first = first or found
        return first
    return output if _is_failed_object(output) else None


_ABOUT_ERRORS = frozenset(
    {"error", "type", "error_type", "error_code", "code", "message", "details", "traceback", "status", "success"}
    | {"budget_usd", "consumed_usd", "exception_type", "timestamp"}
)
_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})


def _is_envelope(output: Mapping[Any, Any], depth: int) -> bool:
    """Kaizen's own form has `error`, `type` and `success: False`; at the top `error` and `success: False` are enough."""
    if not output.get("error"):
        return False
    if output.get("success") is False:
        return depth == 0 or "type" in output
    # Nothing but an error, as Kaizen's StreamingAgent returns it.
    return depth == 0 and type(output["error"]) is str and output.keys() <= _ABOUT_ERRORS


def _is_failed_object(output: Any) -> bool:
    """Such as Kaizen's AgentResult, SupervisorResult and ErrorEvent."""
    kind = type(output)
    if isinstance(output, BaseException):
        return True
    if not (dataclasses.is_dataclass(kind) or hasattr(kind, "model_fields")):
        return False
    for name, bad in (("failed", True), ("succeeded", False), ("success", False)):
        told = _attribute(output, name)
        if type(told) is bool:
            return told is bad
    return _attribute(output, "event_type") in ("error", "budget_exhausted")


def _attribute(output: Any, name: str) -> Any:
    try:
        return getattr(output, name, None)
    except Exception:  # a property of the agent's own class
        return None


def _has_error_key(output: Any) -> bool:
    fields = output if isinstance(output, Mapping) else getattr(output, "__dict__", {})
    return bool(fields.get("error")) or fields.get("success") is False


def _says_failed(output: Any) -> bool:
    """Kaizen's workflows put an exception into a string of their result, and add a status."""
    if not isinstance(output, Mapping):
        return False
    states = [item for key, item in output.items() if type(key) is str and key.endswith("status")]
    texts = [item for item in output.values() if type(item) is str]
    return "failed" in states or "error" in states or any(_FAILED_TEXT.match(text) for text in texts)


_NO_REASON = "the agent says that it failed, and not why"
_FAILED_TEXT = re.compile(r"(Consensus|Debate|Supervision|Execution|Workflow) failed: ")


def _failure(found: Any, reason: str | None) -> BaseException:
    """The exception that stands for a failure: the original one, where Kaizen swallowed it in this invocation."""
    if isinstance(found, BaseException):
        return found
    get = found.get if isinstance(found, Mapping) else lambda name, default=None: getattr(found, name, default)
    message = str(reason or get("error") or get("reason") or get("message") or get("final_decision") or _NO_REASON)
    kind = str(get("type") or get("error_type") or "AgentFailedError")
    invocation = current_invocation()
    for error in reversed(_kaizen_of(invocation).errors if invocation else []):
        if type(error).__name__ == kind:
            return error
    return type(kind if kind.isidentifier() else "AgentFailedError", (Exception,), {})(message)


# --- what Kaizen swallowed ----------------------------------------------------------------------------------------


class KaizenRuns:
    """Counts how the runs of Kaizen agents in one invocation ended."""

    __slots__ = ("errors", "has_last_failed", "succeeded")

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.has_last_failed = False
        self.succeeded = 0


def _kaizen_of(invocation: Invocation) -> KaizenRuns:
    runs = invocation._swallowed
    if runs is None:
        runs = invocation._swallowed = KaizenRuns()
    return runs


def _unless_runs_failed(output: Any, is_pattern: bool) -> Any:
    """An answer that an agent gave though every model call in it failed cannot come from a model.

    In a pattern the last run counts: the judge, the aggregator or the last tier makes the result.
    """
    invocation = current_invocation()
    runs = invocation._swallowed if invocation else None
    if runs is not None and runs.errors and (not runs.succeeded or is_pattern and runs.has_last_failed):
        raise runs.errors[-1]
    return output


def watch_kaizen() -> None:
    """Takes note of the exceptions that Kaizen turns into dicts, whose tracebacks would be lost. Once per process."""
    base = getattr(sys.modules.get("kaizen.core.base_agent"), "BaseAgent", None)
    loop = getattr(sys.modules.get("kaizen.core.agent_loop"), "AgentLoop", None)
    if base is None or loop is None or getattr(base._handle_error, "is_watched", False):
        return
    handle, run_sync, run_async = base._handle_error, loop.run_sync, loop.run_async

    def handle_and_note(self: Any, error: Exception, context: Any) -> Any:
        invocation = current_invocation()
        if invocation is not None:
            runs = _kaizen_of(invocation)
            runs.errors.append(error)
            runs.has_last_failed = True
        return handle(self, error, context)

    def run_and_note(agent: Any, **inputs: Any) -> Any:
        return _note(run_sync(agent, **inputs))

    async def run_and_note_async(agent: Any, **inputs: Any) -> Any:
        return _note(await run_async(agent, **inputs))

    handle_and_note.is_watched = True  # type: ignore[attr-defined]
    base._handle_error = handle_and_note
    loop.run_sync = staticmethod(run_and_note)
    loop.run_async = staticmethod(run_and_note_async)


def _note(output: Any) -> Any:
    invocation = current_invocation()
    if invocation is not None and not (isinstance(output, Mapping) and _is_envelope(output, 1)):
        runs = _kaizen_of(invocation)
        runs.succeeded += 1
        runs.has_last_failed = False
    return output
