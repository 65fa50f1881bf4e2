"""The active trace context of OpenTelemetry, where it is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

_found: list[bool] = []


def has_opentelemetry() -> bool:
    """Whether the API of OpenTelemetry is installed."""
    if not _found:
        _found.append(find_spec("opentelemetry") is not None and find_spec("opentelemetry.trace") is not None)
    return _found[0]


def attach_trace(traceparent: str | None, tracestate: str | None) -> None:
    """Makes the caller's span the parent of the spans that start from here on, in this thread or task.

    Without a trace context the next span starts a trace of its own.
    """
    if not has_opentelemetry():
        return
    from opentelemetry import context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {
        name: value for name, value in (("traceparent", traceparent), ("tracestate", tracestate)) if value is not None
    }
    context.attach(TraceContextTextMapPropagator().extract(carrier, context=context.Context()))


def active_trace(traceparent: str | None, tracestate: str | None) -> dict[str, Any]:
    """The trace context for a call from here: that of the active span, or else the one that is given."""
    if has_opentelemetry():
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier)
        if "traceparent" in carrier:
            return {"traceparent": carrier["traceparent"], "tracestate": carrier.get("tracestate")}
    return {} if traceparent is None else {"traceparent": traceparent, "tracestate": tracestate}
