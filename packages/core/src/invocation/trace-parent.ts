/** A W3C Trace Context: the trace and the span that some work belongs to. */
export interface TraceParent {
  /** The header `traceparent`: `00-`, trace id, span id and flags in lower-case hex. */
  readonly traceparent: string;
  /** The header `tracestate`; absent if there is none. */
  readonly tracestate?: string;
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/;
/** The longest `tracestate` that is passed on, in characters. */
const MAX_STATE = 512;

/** Returns a copy of a trace context; undefined for anything else. */
export function parseTraceParent(given: unknown): TraceParent | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { traceparent, tracestate } = given as { traceparent?: unknown; tracestate?: unknown };
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined;
  const hasState = typeof tracestate === 'string' && tracestate !== '' && tracestate.length <= MAX_STATE;
  return Object.freeze(hasState ? { traceparent, tracestate } : { traceparent });
}

/**
 * Returns the members that an anchor signs, so that a record leads to its trace: `trace_id` and `span_id`. A span that is
 * sampled out is never exported, and is not named.
 */
export function traceContext(trace: TraceParent | undefined): { trace_id?: string; span_id?: string } {
  if (!trace || !isSampled(trace.traceparent)) return {};
  const [, traceId, spanId] = trace.traceparent.split('-');
  return { trace_id: traceId as string, span_id: spanId as string };
}

/** Whether the lowest bit of the flags, which are the last two digits, is set. */
const isSampled = (traceparent: string): boolean => (Number.parseInt(traceparent.slice(-1), 16) & 1) === 1;
