import { createHash } from 'node:crypto';
import type { InvocationContext } from '@kaizen-eatp/core';

/** W3C Trace Context, as it crosses with a call. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Of whoever traces, or one of our own: all invocations of a run then belong to one trace, and each is a span of it, so
 * that a run can be followed across languages by anybody.
 */
export function traceOf(
  context: InvocationContext,
  source: ((context: InvocationContext) => TraceContext | undefined) | undefined,
): TraceContext {
  const given = source?.(context);
  if (given && TRACEPARENT.test(given.traceparent)) return given;
  const trace = hexOf(context.runId ?? context.taskId, 32);
  const span = hexOf(context.invocationId, 16);
  return { traceparent: `00-${trace}-${span}-01` };
}

const hexOf = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);
