import type { InvocationContext } from '../agent/agent-like.js';
import { CallControl } from '../agent/call-control.js';
import {
  EatpError,
  ExecutionCancelledError,
  ExecutionTimeoutError,
  PatternContractError,
  PatternFailedError,
} from '../errors/index.js';
import type { ExecuteOptions } from './execute-options.js';
import type { PatternExecution, PatternExecutor } from './pattern.js';
import type { RunEvent, RunEventContent } from './run-events.js';

/** A call that is under way in a run. */
export interface ActiveCall {
  readonly invocationId: string;
  readonly agentId: string;
  readonly control: CallControl;
  /** Settles when the call has ended and is recorded. */
  ended: Promise<unknown>;
}

/**
 * The life of one run, trusted or not: its numbers, its calls, and how it is stopped.
 */
export class Run {
  readonly control = new CallControl();
  readonly calls = new Set<ActiveCall>();
  #sequence = 0;
  #isOver = false;
  #listeners: readonly ((event: RunEvent) => void)[];

  constructor(
    readonly runId: string,
    readonly taskId: string,
    readonly options: ExecuteOptions<string>,
    listeners: readonly ((event: RunEvent) => void)[],
  ) {
    this.#listeners = listeners;
  }

  /** Whether anybody listens to its events. */
  get isWatched(): boolean {
    return this.#listeners.length > 0;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The same for the same call when the run is repeated. */
  nextInvocationId(): string {
    this.#sequence += 1;
    return `${this.runId}/${this.#sequence}`;
  }

  /** Makes no event when nobody listens. */
  emit(content: RunEventContent): void {
    if (this.#listeners.length === 0) return;
    const event: RunEvent = { runId: this.runId, at: Date.now(), ...content };
    for (const listener of this.#listeners) listener(event);
  }

  /** Stops the run and every call in it. */
  abort(reason: EatpError): void {
    this.control.abort(reason);
    for (const call of this.calls) call.control.abort(reason);
  }

  /** Runs the pattern to its end, or to the run's, whichever is first; then sees every call to its end. */
  async drive(
    pattern: string,
    executor: PatternExecutor<unknown>,
    execution: PatternExecution,
  ): Promise<unknown> {
    const release = this.obeyCaller();
    try {
      const result = await this.control.race(() => executor.execute(execution));
      const left = [...this.calls].map((call) => call.invocationId);
      if (left.length > 0) throw leftBehind(pattern, left);
      return result;
    } catch (error) {
      throw error instanceof EatpError ? error : new PatternFailedError(pattern, error);
    } finally {
      release();
      this.#isOver = true;
      // Whatever is still under way has nobody left to answer to. Each call records its own end.
      for (const call of this.calls)
        call.control.abort(new ExecutionCancelledError(call.invocationId, 'the run has ended'));
      if (this.calls.size > 0) await Promise.allSettled([...this.calls].map((call) => call.ended));
    }
  }

  /** @throws PatternContractError when the run has ended. */
  expectOpen(): void {
    if (this.control.reason) throw this.control.reason;
    if (!this.#isOver) return;
    throw new PatternContractError(`Run ${this.runId} has ended`, {
      remedy: 'Await every invocation before execute() returns; afterwards an execution is of no use.',
      evidence: { runId: this.runId },
    });
  }

  contextOf(call: ActiveCall, more: Partial<InvocationContext>): InvocationContext {
    const { humanOrigin } = this.options;
    const run = this;
    return {
      get signal() {
        return call.control.signal;
      },
      invocationId: call.invocationId,
      taskId: this.taskId,
      agentId: call.agentId,
      ...(humanOrigin && { humanOrigin }),
      ...more,
      report(progress) {
        run.emit({ type: 'progress', invocationId: call.invocationId, agentId: call.agentId, progress });
      },
    };
  }

  private obeyCaller(): () => void {
    const { signal, timeout } = this.options;
    const cancel = (): void => this.abort(new ExecutionCancelledError(`Run ${this.runId}`, signal?.reason));
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => this.abort(new ExecutionTimeoutError(`Run ${this.runId}`, timeout)), timeout);
    return () => {
      signal?.removeEventListener('abort', cancel);
      clearTimeout(timer);
    };
  }
}

function leftBehind(pattern: string, invocations: readonly string[]): PatternContractError {
  return new PatternContractError(`Pattern '${pattern}' returned before its agents had ended`, {
    expected: 'every invocation awaited',
    received: `${invocations.length} under way: ${invocations.join(', ')}`,
    remedy: 'Await each invoke() in the pattern; those left were cancelled and recorded.',
    evidence: { pattern, invocations },
  });
}
