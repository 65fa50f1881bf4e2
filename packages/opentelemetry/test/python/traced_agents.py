"""An agent that starts spans of its own, exports them, and calls an agent behind the bridge."""

import os

from kaizen_eatp_bridge import RemoteAgent
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=os.environ["COLLECTOR"])))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("traced_agents")


def researcher(question):
    with tracer.start_as_current_span("research"):
        with tracer.start_as_current_span("ask the archive"):
            return RemoteAgent(None, "archive", capabilities=["pay"]).run(question=question)
