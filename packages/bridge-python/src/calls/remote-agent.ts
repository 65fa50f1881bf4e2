import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { AgentLike, InvocationContext } from '@kaizen-eatp/core';
import { BridgeError } from '../errors.js';
import { encodeValue } from '../values/value-codec.js';
import type { AgentPool } from './agent-pool.js';
import { type TraceContext, traceOf } from './trace-context.js';
import type { CallFacts } from './worker.js';

/** How a call to an agent elsewhere is described to those who follow it. */
export type TraceSource = (context: InvocationContext) => TraceContext | undefined;

/** How long the caller's own word is waited for after the worker says that time is up, in milliseconds. */
const PATIENCE = 1_000;

/**
 * A Python agent as the guard sees it: an agent like any other, of which only `run` travels. It plays roles by the field
 * names of Kaizen's signatures; which method that is on the other side, its worker knows.
 */
export class RemoteAgent implements AgentLike {
  readonly #pool: AgentPool;
  readonly #traceSource: TraceSource | undefined;
  readonly #mayCallBack: boolean;

  /** @param mayCallBack - whether there is anybody whom the agent could call in the course of a call. */
  constructor(pool: AgentPool, traceSource: TraceSource | undefined, mayCallBack: boolean) {
    this.#pool = pool;
    this.#traceSource = traceSource;
    this.#mayCallBack = mayCallBack;
  }

  /**
   * @throws AgentDisconnectedError, PythonAgentError, ValueNotTransferableError, BridgeError.
   */
  async run(input: unknown, context: InvocationContext): Promise<unknown> {
    const waited = this.#pool.acquire(context?.signal);
    const { worker, release } = waited instanceof Promise ? await waited : waited;
    try {
      const bytes = encodeValue(input);
      const facts = await this.factsOf(bytes, context);
      const output = worker.call({
        ...facts,
        agent: this.#pool.name,
        input: bytes,
        signal: context?.signal,
        ...(context?.report && { onProgress: (value) => context.report(value) }),
        ...(this.#mayCallBack && { within: AsyncLocalStorage.snapshot() }),
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
  private async factsOf(bytes: Buffer, context: InvocationContext | undefined): Promise<CallFacts> {
    if (!context) return {};
    const { deadline, invocationId } = context;
    const proof = await context.prove?.(createHash('sha256').update(bytes).digest('hex'));
    return {
      ...(proof && { proof }),
      ...(invocationId && { trace: traceOf(context, this.#traceSource) }),
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
