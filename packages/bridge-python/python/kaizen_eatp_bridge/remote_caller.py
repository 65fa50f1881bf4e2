"""Calls one agent behind the bridge, as one of one's own. Knows nothing of Kaizen."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .carrier import Carrier
from .context import Invocation, current_invocation
from .errors import BridgeError, NotPortableError, RemoteAgentError
from .values import decode
from .payloads import encode_value
from .tracing import active_trace

if TYPE_CHECKING:
    from .bridge import Bridge

log = logging.getLogger("kaizen_eatp_bridge")


class RemoteCaller:
    """Makes the calls of a `RemoteAgent`, where the arguments are described."""

    def __init__(
        self,
        bridge: Bridge | None,
        agent: str,
        *,
        as_agent: str | None,
        capabilities: Sequence[str] | None,
        constraints: Sequence[str] | None,
        task_id: str | None,
        timeout: float | None,
        on_progress: Callable[[Any], None] | None,
    ) -> None:
        self._bridge = bridge
        self._agent = agent
        self._as = as_agent
        self._given = {
            name: list(items)
            for name, items in (("capabilities", capabilities), ("constraints", constraints))
            if items is not None
        }
        self._task_id = task_id
        self._timeout = timeout
        self._on_progress = on_progress

    def call(self, value: Any) -> Any:
        """Calls the agent and waits in this thread for what it returns."""
        carrier, invocation, fields = self._prepare(value)
        return self._read(carrier.call_blocking(fields, invocation, self._told))

    async def call_async(self, value: Any) -> Any:
        """Calls the agent and waits on this event loop for what it returns."""
        carrier, invocation, fields = self._prepare(value)
        return self._read(await carrier.call_async(fields, invocation, self._told))

    def _prepare(self, value: Any) -> tuple[Carrier, Invocation | None, dict[str, Any]]:
        invocation = current_invocation()
        carrier = self._carrier(invocation)
        if invocation is not None and (invocation._carrier is not carrier or self._as not in (None, invocation.agent)):
            invocation = None  # it is another bridge's, or another agent's, and gives no right here
        fields: dict[str, Any] = {"agent": self._agent, "input": self._write(value), **self._given}
        if invocation is not None:
            invocation.raise_if_cancelled()
            fields |= {"as": invocation.agent, "within": invocation.call, **_trace(invocation)}
        else:
            fields["as"] = self._caller()
            if self._task_id is not None:
                fields["task_id"] = self._task_id
        deadline_ms = self._deadline_ms(invocation)
        if deadline_ms is not None:
            fields["deadline_ms"] = deadline_ms
        return carrier, invocation, fields

    def _carrier(self, invocation: Invocation | None) -> Carrier:
        if self._bridge is not None:
            return self._bridge.carrier
        if invocation is None or invocation._carrier is None:
            raise BridgeError(
                f"No bridge is given for {self._agent}, and this is no invocation that came over one.",
                "Write RemoteAgent(bridge, …), or call it in the thread or task of an agent that a bridge invoked.",
            )
        return invocation._carrier

    def _caller(self) -> str:
        if self._as is not None:
            return self._as
        names = self._bridge.names if self._bridge is not None else ()
        if len(names) == 1:
            return names[0]
        raise BridgeError(
            f"It is not said which agent calls {self._agent}.", f"Pass as_agent, one of {', '.join(names)}."
        )

    def _deadline_ms(self, invocation: Invocation | None) -> int | None:
        left = [] if self._timeout is None else [self._timeout]
        if invocation is not None and invocation.deadline is not None:
            left.append((invocation.deadline - dt.datetime.now(dt.UTC)).total_seconds())
        return max(1, round(min(left) * 1000)) if left else None

    def _write(self, value: Any) -> bytes:
        try:
            return encode_value(value, f"input of {self._agent}")
        except NotPortableError as error:
            raise RemoteAgentError(error.message, error.remedy, code=error.code) from error

    def _read(self, output: bytes) -> Any:
        try:
            return decode(output)
        except NotPortableError as error:
            raise RemoteAgentError(f"output of {self._agent} {error.message}", error.remedy, code=error.code) from error

    @property
    def _told(self) -> Callable[[bytes], None] | None:
        return None if self._on_progress is None else self._tell

    def _tell(self, value: bytes) -> None:
        assert self._on_progress is not None
        try:
            self._on_progress(decode(value))
        except Exception as error:  # neither a bad value nor a listener's fault may end the call
            log.warning("progress of %s was dropped: %s", self._agent, error)


def _trace(invocation: Invocation) -> dict[str, Any]:
    trace = active_trace(invocation.traceparent, invocation.tracestate)
    return {"trace": trace} if trace else {}
