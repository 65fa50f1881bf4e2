import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentLike, InvocationContext } from '@kaizen-eatp/core';
import { BridgeError } from '../errors.js';
import { encodeValue } from '../values/value-codec.js';
import type { AgentPool } from './agent-pool.js';
import { type CallFacts, LARGE_VALUE } from './outgoing-call.js';
import { type TraceContext, traceOf } from './trace-context.js';

/** How a call to an agent elsewhere is described to those who follow it. */
export type TraceSource = (context: InvocationContext) => TraceContext | undefined;

/** How long the caller's own word is waited for after the worker says that time is up, in milliseconds. */
const PATIENCE = 1_000;

/**
 * A Python agent as the guard sees it: an agent like any other, of which only `run` travels. It plays roles by the field
 * names of Kaizen's signatures; which method that is on the other side, its worker knows.
 */
export class RemoteAgent implements AgentLike {
  /** Observers report its invocations as calls to another process. */
  readonly isRemote = true;
  readonly #pool: AgentPool;
  readonly #traceSource: TraceSource | undefined;

  constructor(pool: AgentPool, traceSource: TraceSource | undefined) {
    this.#pool = pool;
    this.#traceSource = traceSource;
  }

  /**
   * @throws AgentDisconnectedError, PythonAgentError, ValueNotTransferableError, BridgeError.
   */
  async run(input: unknown, context: InvocationContext): Promise<unknown> {
    const waited = this.#pool.acquire(context?.signal);
    const { worker, release } = waited instanceof Promise ? await waited : waited;
    try {
      const bytes = encodeValue(input);
      if (bytes.length > LARGE_VALUE) await sleep(0);
      const number = worker.nextCall();
      const facts = await this.factsOf(bytes, context, worker.audienceOf(number));
      const output = worker.call({
        ...facts,
        number,
        agent: this.#pool.name,
        input: bytes,
        signal: context?.signal,
        context,
        ...(context?.report && { onProgress: (value) => context.report(value) }),
      });
      // Only now: the call has its own place, and the next one in the queue must not get that too.
      release();
      return await output;
    } catch (error) {
      // The worker's clock may be first; who called says that time is up, and why.
      if (
        error instanceof BridgeError &&
        error.code === 'EXECUTION_TIMEOUT' &&
        context?.deadline !== undefined
      )
        await aborted(context.signal);
      throw error;
    } finally {
      release();
    }
  }

  /** A call without a guard around it, a bare one, has nothing to prove and belongs to no trace. */
  private async factsOf(
    bytes: Buffer,
    context: InvocationContext | undefined,
    audience: string,
  ): Promise<CallFacts> {
    if (!context) return {};
    const { deadline, attempt, idempotencyKey, invocationId } = context;
    const payloadSha256 = createHash('sha256').update(bytes).digest('hex');
    const proof = await context.prove?.({ payloadSha256, audience });
    return {
      ...(proof && { proof }),
      ...traceOf(context, this.#traceSource),
      ...(attempt > 1 && { attempt }),
      ...(idempotencyKey !== invocationId && { idempotency_key: idempotencyKey }),
      ...(deadline !== undefined && { deadline_ms: Math.max(1, Math.ceil(deadline - Date.now())) }),
    };
  }
}

/** Until a signal says so, or its word is overdue. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE);
    const stop = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
