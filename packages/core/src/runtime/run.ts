import type { InvocationContext } from '../agent/agent-like.js';
import {
  EatpError,
  ExecutionCancelledError,
  ExecutionTimeoutError,
  PatternContractError,
  PatternFailedError,
} from '../errors/index.js';
import { CallControl } from '../invocation/call-control.js';
import type { PatternExecution, PatternExecutor } from '../pattern/pattern.js';
import type { ExecuteOptions } from './execute-options.js';
import type { RunEvent, RunEventContent } from './run-events.js';

/** A call that is under way in a run. */
export interface ActiveCall {
  readonly invocationId: string;
  readonly agentId: string;
  readonly control: CallControl;
  /** Milliseconds since the epoch; set when the call starts, if it has a limit of its own. */
  deadline?: number;
}

/**
 * The life of one run, trusted or not: its numbers, its calls, and how it is stopped.
 */
export class Run {
  readonly control = new CallControl();
  readonly calls = new Set<ActiveCall>();
  /** Everything that pattern code has asked for and that is not settled yet. */
  readonly #asked = new Set<Promise<unknown>>();
  /** What agents asked for while they were invoked; it is theirs to await, and ends with their invocations. */
  readonly #askedByAgents = new Set<Promise<unknown>>();
  #sequence = 0;
  #isOver = false;
  #deadline = Number.POSITIVE_INFINITY;
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
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        // Who watches a run does not change it.
      }
    }
  }

  /** Keeps sight of what a pattern asked for, so that nothing of it happens after the run's end. */
  track<T>(ask: () => Promise<T>, by: 'pattern' | 'agent' = 'pattern'): Promise<T> {
    const kept = by === 'pattern' ? this.#asked : this.#askedByAgents;
    let asked: Promise<T>;
    try {
      this.expectOpen();
      asked = ask();
    } catch (error) {
      asked = Promise.reject(error);
    }
    const forget = (): void => void kept.delete(asked);
    kept.add(asked);
    // A pattern that never looks at what it asked for must not end the process.
    asked.then(forget, forget);
    return asked;
  }

  /** Stops the run and every call in it. */
  abort(reason: EatpError): void {
    this.control.abort(reason);
  }

  /** Runs the pattern to its end, or to the run's, whichever is first; then sees all that it asked for to its end. */
  async drive(
    pattern: string,
    executor: PatternExecutor<unknown>,
    execution: PatternExecution,
  ): Promise<unknown> {
    try {
      const result = await this.control.race(() => executor.execute(execution));
      if (this.#asked.size > 0)
        throw leftBehind(
          pattern,
          [...this.calls].map((call) => call.invocationId),
        );
      return result;
    } catch (error) {
      throw error instanceof EatpError ? error : new PatternFailedError(pattern, error);
    } finally {
      this.#isOver = true;
      // Whatever is still under way has nobody left to answer to. Each call records its own end.
      for (const call of this.calls)
        call.control.abort(new ExecutionCancelledError(call.invocationId, 'the run has ended'));
      while (this.#asked.size + this.#askedByAgents.size > 0) {
        await Promise.allSettled([...this.#asked, ...this.#askedByAgents]);
      }
    }
  }

  /** @throws the reason, if the run was stopped. */
  expectNotStopped(): void {
    if (this.control.reason) throw this.control.reason;
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

  contextOf(
    call: ActiveCall,
    more: Partial<InvocationContext> & Pick<InvocationContext, 'action'>,
  ): InvocationContext {
    const { humanOrigin } = this.options;
    const run = this;
    return {
      get signal() {
        return call.control.signal;
      },
      get deadline() {
        return earliest(call.deadline, run.#deadline);
      },
      invocationId: call.invocationId,
      taskId: this.taskId,
      runId: this.runId,
      agentId: call.agentId,
      ...(humanOrigin && { humanOrigin }),
      ...more,
      report(progress) {
        run.emit({ type: 'progress', invocationId: call.invocationId, agentId: call.agentId, progress });
      },
    };
  }

  /** Lets the caller stop the run, by signal or by time; from before it waits for its turn. @returns what ends that. */
  obeyCaller(): () => void {
    const { signal, timeout } = this.options;
    const cancel = (): void => this.abort(new ExecutionCancelledError(`Run ${this.runId}`, signal?.reason));
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
    if (timeout !== undefined) this.#deadline = Date.now() + timeout;
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

function earliest(one: number | undefined, other: number): number | undefined {
  const earlier = Math.min(one ?? Number.POSITIVE_INFINITY, other);
  return earlier === Number.POSITIVE_INFINITY ? undefined : earlier;
}

function leftBehind(pattern: string, invocations: readonly string[]): PatternContractError {
  return new PatternContractError(`Pattern '${pattern}' returned before its agents had ended`, {
    expected: 'everything that it asked for awaited',
    received:
      invocations.length > 0
        ? `${invocations.length} under way: ${invocations.join(', ')}`
        : 'a delegation or something shared under way',
    remedy: 'Await each invoke() in the pattern; those left were cancelled and recorded.',
    evidence: { pattern, invocations },
  });
}
