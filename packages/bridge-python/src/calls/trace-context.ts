import type { InvocationContext } from '@kaizen-eatp/core';
import type { TraceParent } from '@kaizen-eatp/core/plugin';

/** W3C Trace Context, as it crosses with a call. */
export type TraceContext = TraceParent;

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Returns the trace context that crosses with a call: the one that the user's source gives, else that of the invocation.
 * Without either there is none, since a span that names a parent which is never exported is an orphan. A source that
 * throws is ignored.
 */
export function traceOf(
  context: InvocationContext,
  source: ((context: InvocationContext) => TraceContext | undefined) | undefined,
): { readonly trace?: TraceContext } {
  const trace = readSource(context, source) ?? context.trace;
  return trace ? { trace } : {};
}

function readSource(
  context: InvocationContext,
  source: ((context: InvocationContext) => TraceContext | undefined) | undefined,
): TraceContext | undefined {
  try {
    return readTrace(source?.(context))?.trace;
  } catch {
    return undefined;
  }
}

/** Returns the trace context in a frame or an answer; undefined for anything else. */
export function readTrace(
  given: { readonly traceparent?: unknown; readonly tracestate?: unknown } | null | undefined,
): { readonly trace: TraceContext } | undefined {
  const { traceparent, tracestate } = given ?? {};
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined;
  return { trace: typeof tracestate === 'string' ? { traceparent, tracestate } : { traceparent } };
}
