"""An agent behind the bridge, as an agent of Kaizen: for pipelines and patterns that know nothing of bridges.

Where kailash-kaizen is installed it is imported along with this module, so the package imports this one only when asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from .context import current_invocation
from .errors import BridgeError
from .remote_caller import RemoteCaller

if TYPE_CHECKING:
    from .bridge import Bridge


class RemoteStrategy:
    """How Kaizen's agent loop runs a remote agent: by calling it."""

    def __init__(self, caller: RemoteCaller) -> None:
        self._caller = caller

    def execute(self, agent: Any, inputs: dict[str, Any], **_: Any) -> dict[str, Any]:
        return _as_fields(self._caller.call(_with_session_id(inputs)))

    async def execute_async(self, agent: Any, inputs: dict[str, Any], **_: Any) -> dict[str, Any]:
        return _as_fields(await self._caller.call_async(_with_session_id(inputs)))


class _PlainAgent:
    """Replaces Kaizen's BaseAgent where that is not installed."""

    def __init__(self, agent_id: str, signature: Any, strategy: RemoteStrategy) -> None:
        self.agent_id = agent_id
        self.signature = signature
        self.strategy = strategy

    def run(self, **inputs: Any) -> dict[str, Any]:
        return self.strategy.execute(self, inputs)

    async def run_async(self, **inputs: Any) -> dict[str, Any]:
        return await self.strategy.execute_async(self, inputs)


def _find_base() -> type[Any]:
    if find_spec("kaizen") is None:
        return _PlainAgent
    try:
        from kaizen.core.base_agent import BaseAgent, BaseAgentConfig
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "kaizen":
            return _PlainAgent  # another package of that name
        raise

    class KaizenAgent(BaseAgent):  # type: ignore[misc]
        def __init__(self, agent_id: str, signature: Any, strategy: RemoteStrategy) -> None:
            # Kaizen's own retries and error dictionaries are off: a call is made once, and what goes wrong is raised.
            config = BaseAgentConfig(
                llm_provider="kaizen-eatp-bridge",
                model=agent_id,
                use_async_llm=True,
                logging_enabled=False,
                performance_enabled=False,
                error_handling_enabled=False,
            )
            super().__init__(config, signature, strategy, agent_id=agent_id, mcp_servers=[])

        def _validate_signature_output(self, output: dict[str, Any]) -> bool:
            return True  # what another agent returns is its own to say

        def _handle_error(self, error: Exception, context: dict[str, Any]) -> dict[str, Any]:
            raise error

    return KaizenAgent


_Base: Any = _find_base()


class RemoteAgent(_Base):  # type: ignore[misc]
    """Stands for an agent that the bridge serves.

    With kailash-kaizen installed it is a `kaizen.core.base_agent.BaseAgent`. `run(**inputs)` waits in the
    calling thread, and `await run_async(**inputs)` on the calling event loop; any number of both at a time. When the task that
    awaits is cancelled, so is the call. Both return the dict that the agent returned; another value as `{"result": …}`.

    Every call is made by one of the agents that joined, which delegates for it. Within an invocation of that agent the call is
    part of it: of its task, its run, its person, its deadline and what was delegated for it, and it ends with it. Outside of
    any invocation the agent acts by its own right alone, and for no person: the bridge knows only persons that the application
    established when it started a run.

    Args:
        bridge: An open `Bridge`. None: the one that invoked the agent in whose thread or task the call is made.
        agent: The name under which the bridge serves it.
        as_agent: Which of the agents that joined calls. Default: the one that is being invoked, or the only one.
        capabilities: What is delegated to the agent for the call. Default: `execute`, its own job.
        constraints: More constraints that are to hold for it.
        task_id: The task to record for a call outside of any invocation. Default: a new one for each call.
        timeout: How long to wait for an answer, in seconds. Default: no limit.
        on_progress: Receives each value that the agent reports, on the calling thread or event loop.
        signature: Kaizen's signature, for patterns that look at it.

    Raises (from `run` and `run_async`):
        RemoteAgentError: The call ended without a result; `code` says why.
        InvocationCancelledError: The invocation that it was part of was stopped.
        BridgeError: It cannot be called from here, or it is not said by whom.
    """

    def __init__(
        self,
        bridge: Bridge | None,
        agent: str,
        *,
        as_agent: str | None = None,
        capabilities: Sequence[str] | None = None,
        constraints: Sequence[str] | None = None,
        task_id: str | None = None,
        timeout: float | None = None,
        on_progress: Callable[[Any], None] | None = None,
        signature: Any = None,
    ) -> None:
        caller = RemoteCaller(
            bridge,
            agent,
            as_agent=as_agent,
            capabilities=capabilities,
            constraints=constraints,
            task_id=task_id,
            timeout=timeout,
            on_progress=on_progress,
        )
        super().__init__(agent, signature, RemoteStrategy(caller))

    @classmethod
    def of_current_invocation(cls, agent: str, **options: Any) -> Self:
        """An agent of the bridge that made the invocation that this code runs in; takes the constructor's options.

        Raises:
            BridgeError: This is no invocation.
        """
        invocation = current_invocation()
        if invocation is None or invocation._carrier is None:
            raise BridgeError(
                "This is no invocation that came over a bridge.",
                "Call it in the thread or task of an agent that a bridge invoked, or write RemoteAgent(bridge, …).",
            )
        return cls(None, agent, **options)

    def run(self, **inputs: Any) -> dict[str, Any]:
        """Calls the agent and waits in this thread."""
        fields: dict[str, Any] = super().run(**_hide_session_id(inputs))
        return fields

    async def run_async(self, **inputs: Any) -> dict[str, Any]:
        """Calls the agent and waits on this event loop."""
        fields: dict[str, Any] = await super().run_async(**_hide_session_id(inputs))
        return fields


# Kaizen's agent loop takes this one input for itself, though the other agent may want it.
_SESSION_ID, _HIDDEN = "session_id", "kaizen_eatp_session_id"


def _hide_session_id(inputs: dict[str, Any]) -> dict[str, Any]:
    return _renamed(inputs, _SESSION_ID, _HIDDEN)


def _with_session_id(inputs: dict[str, Any]) -> dict[str, Any]:
    return _renamed(inputs, _HIDDEN, _SESSION_ID)


def _renamed(inputs: dict[str, Any], name: str, new_name: str) -> dict[str, Any]:
    return {new_name if key == name else key: item for key, item in inputs.items()} if name in inputs else inputs


def _as_fields(output: Any) -> dict[str, Any]:
    return output if type(output) is dict else {"result": output}
