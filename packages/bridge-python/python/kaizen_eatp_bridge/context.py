"""The facts of an invocation, for the agent that is invoked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .errors import InvocationCancelledError
from .frame_fields import AMOUNT
from .tracing import attach_trace

if TYPE_CHECKING:
    from .carrier import Carrier


@dataclass(frozen=True)
class Facts:
    """The agent, the action, the person and the delegation of a signed invocation."""

    invocation_id: str = ""
    task_id: str = ""
    run_id: str | None = None
    agent_id: str = ""
    action: str = ""
    delegation_id: str | None = None
    delegation_chain: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    human_origin: Mapping[str, Any] | None = None


NO_FACTS = Facts()


@dataclass(eq=False, slots=True)
class Invocation:
    """The invocation that is under way; `current_invocation()` returns it.

    Attributes:
        agent: The name under which the agent joined.
        facts: Ids, delegation chain, human origin; the properties of this class give each.
        traceparent: The W3C trace context, if the caller has one.
        deadline: When the caller stops waiting, if it said so; aware, in UTC.
        attempt: Which attempt of the invocation this is, from 1. More than 1 only in a durable run.
    """

    agent: str
    call: int
    facts: Facts = NO_FACTS
    traceparent: str | None = None
    tracestate: str | None = None
    deadline: dt.datetime | None = None
    attempt: int = 1
    _idempotency_key: str | None = field(default=None, repr=False)
    _report: Callable[[Any], None] | None = field(default=None, repr=False)
    _report_async: Callable[[Any], Awaitable[None]] | None = field(default=None, repr=False)
    _count: Callable[[float, float], None] | None = field(default=None, repr=False)
    _cancelled: str | None = field(default=None, repr=False)
    _swallowed: Any = field(default=None, repr=False)
    _carrier: Carrier | None = field(default=None, repr=False)

    @property
    def invocation_id(self) -> str:
        """`run/sequence`: the same when the run is repeated."""
        return self.facts.invocation_id

    @property
    def idempotency_key(self) -> str:
        """The same in every attempt. Pass it to services that do nothing twice under one key.

        The bridge names it; the invocation that its authority signed does not.
        """
        return self._idempotency_key or self.facts.invocation_id

    @property
    def task_id(self) -> str:
        """The task that it is for."""
        return self.facts.task_id

    @property
    def run_id(self) -> str | None:
        """The run that it is part of, if it is part of one."""
        return self.facts.run_id

    @property
    def agent_id(self) -> str:
        """The agent's id in its trust chain."""
        return self.facts.agent_id

    @property
    def action(self) -> str:
        """The action that the agent is asked to do, as a capability names it."""
        return self.facts.action

    @property
    def delegation_chain(self) -> tuple[str, ...]:
        """Agents' ids, from the first delegator to this agent."""
        return self.facts.delegation_chain

    @property
    def human_origin(self) -> Mapping[str, Any] | None:
        """The person that it is done for, if the caller named one."""
        return self.facts.human_origin

    @property
    def trace_id(self) -> str | None:
        """The trace id of `traceparent`."""
        parts = (self.traceparent or "").split("-")
        return parts[1] if len(parts) >= 4 else None

    @property
    def is_cancelled(self) -> bool:
        """Whether the invocation was stopped. An agent that runs in a thread can check this and return early."""
        return self._cancelled is not None

    def raise_if_cancelled(self) -> None:
        """Raises InvocationCancelledError if the invocation was stopped."""
        if self._cancelled is not None:
            raise InvocationCancelledError(f"The invocation was stopped: {self._cancelled}")

    def report(self, progress: Any) -> None:
        """Sends progress or a partial result to the listeners of the run.

        Blocks while more is on its way than the bridge takes. In a coroutine use `report_async`.

        Raises:
            NotPortableError: It is no value.
            InvocationCancelledError: Nobody waits any more.
        """
        self.raise_if_cancelled()
        if self._report is not None:
            self._report(progress)

    async def report_async(self, progress: Any) -> None:
        """The same for coroutines."""
        self.raise_if_cancelled()
        if self._report_async is not None:
            await self._report_async(progress)
        elif self._report is not None:
            self._report(progress)

    def report_usage(self, *, tokens: float = 0, cost: float = 0) -> None:
        """Reports tokens and money that the agent used, in addition to what it reported before.

        The budgets of the run count it, and the signed outcome of the invocation contains the sum. Works in threads and
        in coroutines. The usage in Kaizen's `AgentResult` is reported without it.

        Args:
            tokens: Of a model.
            cost: In the currency of the deployment.

        Raises:
            ValueError: One of them is not a number from 0 to 2^53 - 1.
            InvocationCancelledError: Nobody waits any more.
        """
        for name, amount in (("tokens", tokens), ("cost", cost)):
            if not AMOUNT.fits(amount):
                raise ValueError(f"Expected {AMOUNT.what} as {name}; got {amount!r}.")
        self.raise_if_cancelled()
        if self._count is not None:
            self._count(tokens, cost)


_current: ContextVar[Invocation | None] = ContextVar("kaizen_eatp_invocation", default=None)


def current_invocation() -> Invocation | None:
    """The invocation that this code runs in, or None outside of one. Works in threads and in worker processes."""
    return _current.get()


def enter(invocation: Invocation) -> None:
    """Makes an invocation the current one, with its trace and Kaizen's own execution context. For the worker's own use."""
    _current.set(invocation)
    attach_trace(invocation.traceparent, invocation.tracestate)
    if invocation.facts.human_origin is not None and has_kailash():
        context = _kailash_context(invocation)
        from kailash.trust.execution_context import set_current_context

        set_current_context(context)


_found_kailash: list[bool] = []


def has_kailash() -> bool:
    """Whether the Python reference is installed."""
    if not _found_kailash:
        _found_kailash.append(find_spec("kailash") is not None and find_spec("kailash.trust") is not None)
    return _found_kailash[0]


def _kailash_context(invocation: Invocation) -> Any:
    from kailash.trust.execution_context import ExecutionContext, HumanOrigin

    chain = list(invocation.facts.delegation_chain)
    trace_id = invocation.trace_id
    return ExecutionContext(
        human_origin=HumanOrigin.from_dict(dict(invocation.facts.human_origin or {})),
        delegation_chain=chain,
        delegation_depth=max(0, len(chain) - 1),
        constraints={label: True for label in invocation.facts.constraints},
        **({"trace_id": trace_id} if trace_id else {}),
    )
