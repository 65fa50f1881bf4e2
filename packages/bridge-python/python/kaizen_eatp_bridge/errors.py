"""The errors of this package. Each has a code that does not change, and a remedy."""

from __future__ import annotations


class BridgeError(Exception):
    """Base of all errors of this package.

    Attributes:
        code: A frozen name for the kind of error.
        remedy: What to do next; may be empty.
    """

    code = "BRIDGE"

    def __init__(self, message: str, remedy: str = "", *, code: str | None = None) -> None:
        super().__init__(f"{message} {remedy}".strip() if remedy else message)
        self.message = message
        self.remedy = remedy
        if code is not None:
            self.code = code


class StartError(BridgeError):
    """The worker cannot start: a module, an attribute, a dependency or an option is not as it must be."""

    code = "START"


class LoginRefusedError(BridgeError):
    """The bridge did not let the worker in; `code` is the one that it gave."""

    code = "REFUSED"


class ProtocolError(BridgeError):
    """The bridge sent what the protocol does not allow; `close_code` ends the connection."""

    code = "PROTOCOL"

    def __init__(self, message: str, close_code: int = 4400) -> None:
        super().__init__(message)
        self.close_code = close_code


class NotPortableError(BridgeError, ValueError):
    """A value cannot cross as what it is.

    Attributes:
        path: Where it stands, such as `$.rows[3]`.
    """

    code = "VALUE"

    def __init__(self, path: str, message: str, remedy: str = "") -> None:
        super().__init__(f"{path}: {message}", remedy)
        self.path = path


class ProofRefusedError(BridgeError):
    """The proof that came with an invocation does not show that the work was delegated to the agent."""

    code = "REFUSED"


class AgentInputError(BridgeError):
    """The input does not fit what the agent takes."""

    code = "EXCEPTION"


class WorkerProcessError(BridgeError):
    """The process that ran the agent ended before the agent did."""

    code = "STOPPED"


class InvocationCancelledError(BridgeError):
    """The invocation was cancelled, or its deadline passed; its caller does not wait any more."""

    code = "CANCELLED"


class RemoteAgentError(BridgeError):
    """A call of an agent behind the bridge ended without a result.

    Attributes:
        code: `EXCEPTION`, `DENIED`, `NOT_FOUND`, … as docs/protocol.md lists them, or `DISCONNECTED`
            when the connection was lost for good, so that the outcome is unknown.
        type: The name of the error's class on the other side; may be empty.
        traceback: Where it happened on the other side; may be empty.
    """

    code = "EXCEPTION"

    def __init__(
        self, message: str, remedy: str = "", *, code: str, type: str = "", traceback: str = ""
    ) -> None:
        super().__init__(message, remedy, code=code)
        self.type = type
        self.traceback = traceback
