import { createHash } from 'node:crypto';
import type { InvocationContext } from '@kaizen-eatp/core';

/** W3C Trace Context, as it crosses with a call. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Returns the trace context that the user's tracing gives, or else a derived one, in which all invocations of a run
 * belong to one trace and each is a span. So a run can be followed across languages. A source that throws is ignored.
 */
export function traceOf(
  context: InvocationContext,
  source: ((context: InvocationContext) => TraceContext | undefined) | undefined,
): TraceContext {
  const given = readSource(context, source);
  if (given) return given;
  const trace = hexOf(context.runId ?? context.taskId, 32);
  const span = hexOf(context.invocationId, 16);
  return { traceparent: `00-${trace}-${span}-01` };
}

function readSource(
  context: InvocationContext,
  source: ((context: InvocationContext) => TraceContext | undefined) | undefined,
): TraceContext | undefined {
  try {
    const { traceparent, tracestate } = source?.(context) ?? {};
    if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined;
    return typeof tracestate === 'string' ? { traceparent, tracestate } : { traceparent };
  } catch {
    return undefined;
  }
}

const hexOf = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);
