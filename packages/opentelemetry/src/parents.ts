import type { TraceParent } from '@kaizen-eatp/core/plugin';
import {
  type Context,
  context,
  createTraceState,
  INVALID_TRACEID,
  type Span,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

/** The place of some work among other work. */
export interface Place {
  /** The id of the invocation or run that the work is part of; undefined for a run of its own. */
  readonly enclosing: string | undefined;
  /** The trace context of the code that makes the call, where it runs in another process. */
  readonly given?: TraceParent | undefined;
}

/** The spans of the runs and invocations in progress, by their ids. */
export class OpenSpans {
  readonly #spans = new Map<string, Span>();

  /** Remembers a span until its work ends. */
  add(id: string, span: Span): void {
    this.#spans.set(id, span);
  }

  /** Returns the span of work in progress. */
  get(id: string): Span | undefined {
    return this.#spans.get(id);
  }

  /** Forgets a span. */
  delete(id: string): void {
    this.#spans.delete(id);
  }

  /** The invocations of a dropped run are not observed; their ids begin with that of the run. */
  #around(id: string): Span | undefined {
    return this.#spans.get(id) ?? this.#spans.get(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
  }

  /**
   * Returns the span around some work if the sampler has dropped it. Then no further spans are started: the context of the
   * dropped span stays active, and passes the decision on to other processes.
   */
  droppedAround({ enclosing, given }: Place): Span | undefined {
    if (given || enclosing === undefined) return undefined;
    const around = this.#around(enclosing);
    if (!around || around.isRecording()) return undefined;
    const { traceId, traceFlags } = around.spanContext();
    return traceId === INVALID_TRACEID || (traceFlags & TraceFlags.SAMPLED) === 0 ? around : undefined;
  }

  /**
   * Returns the context in which the span of some work starts. Its parent is the span of the code that makes the call: the
   * given one in another process, else the active span. A timer, a queue or a socket can have lost the active span or
   * carry that of other work; then the parent is the span of the enclosing work.
   */
  parentOf({ enclosing, given }: Place): Context {
    const active = context.active();
    if (given) return trace.setSpanContext(active, spanContextOf(given));
    const around = enclosing === undefined ? undefined : this.#around(enclosing);
    if (!around) return active;
    const isInside = trace.getSpanContext(active)?.traceId === around.spanContext().traceId;
    return isInside ? active : trace.setSpan(active, around);
  }
}

/** Returns the span context that a trace context names. */
export function spanContextOf({ traceparent, tracestate }: TraceParent): SpanContext {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
  };
}

/** The trace contexts of spans. The span of a dropped run stays active for all its calls. */
const written = new WeakMap<SpanContext, TraceParent>();

/** Returns the trace context of the active span; undefined without one. */
export function activeTrace(): TraceParent | undefined {
  const active = trace.getSpanContext(context.active());
  if (!active || active.traceId === INVALID_TRACEID) return undefined;
  let found = written.get(active);
  if (!found) {
    const { traceId, spanId, traceFlags, traceState } = active;
    const flags = (traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0');
    const state = traceState?.serialize();
    found = Object.freeze({
      traceparent: `00-${traceId}-${spanId}-${flags}`,
      ...(state && { tracestate: state }),
    });
    written.set(active, found);
  }
  return found;
}
