import {
  EatpError,
  ExecutionCancelledError,
  ExecutionTimeoutError,
  PatternContractError,
  PatternFailedError,
} from '../errors/index.js';
import { Asked } from '../invocation/asked.js';
import { CallControl } from '../invocation/call-control.js';
import type { Call, CallObserver } from '../invocation/lifecycle.js';
import type { TraceParent } from '../invocation/trace-parent.js';
import type { PatternExecution, PatternExecutor } from '../pattern/pattern.js';
import { captureValue, frozenCopy, type ValueLimits } from '../values/index.js';
import { notify } from '../wire/notify.js';
import type { RunRequest } from './execute-options.js';
import type { RunJournal } from './journal/run-journal.js';
import { type RunEvent, type RunEventContent, type RunListener, typesOf } from './run-events.js';

/** The life cycle of one run, trusted or not: its numbering, its pending requests, and how it is stopped. */
export class Run {
  /** Stops the run and every call in it. */
  readonly control = new CallControl();
  /** The run's id, and that of its trail. */
  readonly runId: string;
  /** The task that the run belongs to. */
  readonly taskId: string;
  /** The trace and span that the run's own anchors name; set when it starts, if an observer gives them. */
  trace: TraceParent | undefined;
  /** Everything that pattern code has asked for and that is not settled yet. */
  readonly #asked = new Asked();
  /**
   * The requests that agents made during their invocations; the agents await them, and they end with the invocations.
   */
  readonly #askedByAgents = new Asked();
  /** The journal, in a durable run. */
  journal: RunJournal | undefined;
  readonly #listeners: readonly RunListener[];
  #sequence = 0;
  #isOver = false;
  #deadline: number | undefined;

  /** @param request - the caller's request, copied. */
  constructor(
    readonly request: RunRequest,
    listeners: readonly RunListener[],
  ) {
    this.runId = request.runId;
    this.taskId = request.taskId;
    this.journal = request.journal;
    this.#listeners = listeners;
  }

  /** The deadline of the run, in milliseconds since the epoch. */
  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** The same for the same call when the run is repeated. */
  nextInvocationId(): string {
    this.#sequence += 1;
    return `${this.runId}/${this.#sequence}`;
  }

  /** Notifies the listeners of an event. Makes no event if none of them receives its type. */
  emit(content: RunEventContent): void {
    let event: RunEvent | undefined;
    for (const listener of this.#listeners) {
      if (!typesOf.has(listener, content.type)) continue;
      event ??= Object.freeze({ runId: this.runId, at: Date.now(), ...content });
      notify(listener, event);
    }
  }

  /**
   * Passes on a report of progress: a copy, so that listeners share nothing with the agent.
   *
   * @param call - the call whose agent reports. Default: the pattern reports.
   * @throws UnsupportedValueError.
   */
  report(given: unknown, limits: ValueLimits | undefined, call?: Call): void {
    const what = call ? `progress of agent '${call.agentId}'` : `progress of run ${this.runId}`;
    const progress = frozenCopy(captureValue(given, what, limits));
    const by = call && { invocationId: call.id, agentId: call.agentId };
    this.emit({ type: 'progress', ...by, progress });
  }

  /** Turns calls into events; undefined if no listener receives them. */
  get observer(): CallObserver | undefined {
    const isWanted = (listener: RunListener): boolean =>
      typesOf.has(listener, 'invocation_started') || typesOf.has(listener, 'invocation_ended');
    if (!this.#listeners.some(isWanted)) return undefined;
    return {
      started: ({ id, agentId, action }: Call) =>
        this.emit({ type: 'invocation_started', invocationId: id, agentId, action }),
      ended: ({ id, agentId }: Call, outcome, durationMs, code) =>
        this.emit({
          type: 'invocation_ended',
          invocationId: id,
          agentId,
          outcome,
          ...(code !== undefined && { code }),
          durationMs,
        }),
    };
  }

  /** Keeps track of the requests of a pattern, so that none of them acts after the run's end. */
  track<T>(ask: () => Promise<T>): Promise<T> {
    return this.#asked.track(() => {
      this.expectOpen();
      return ask();
    });
  }

  /** Like {@link track}, for an agent. The invocation itself checks whether it is still in progress. */
  trackAgent<T>(ask: () => Promise<T>): Promise<T> {
    return this.#askedByAgents.track(ask);
  }

  /** Stops the run and every call in it. */
  abort(reason: EatpError): void {
    this.control.abort(reason);
  }

  /**
   * Runs the pattern until the pattern or the run ends, whichever is first; then waits for all requests of the pattern.
   */
  async drive(
    pattern: string,
    executor: PatternExecutor<unknown>,
    execution: PatternExecution,
    calls: ReadonlySet<Call>,
  ): Promise<unknown> {
    try {
      const result = await this.control.race(() => executor.execute(execution));
      if (this.#asked.size > 0)
        throw leftBehind(
          pattern,
          Array.from(calls, (call) => call.id),
        );
      return result;
    } catch (error) {
      throw error instanceof EatpError ? error : new PatternFailedError(pattern, error);
    } finally {
      this.#isOver = true;
      // No caller waits for the calls that are still in progress. Each call records its own end.
      for (const call of calls) call.control.abort(new ExecutionCancelledError(call.id, 'the run has ended'));
      while (this.#asked.size + this.#askedByAgents.size > 0) {
        await this.#asked.settle();
        await this.#askedByAgents.settle();
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
      remedy: 'Await every invocation before execute() returns; the execution cannot be used afterwards.',
      evidence: { runId: this.runId },
    });
  }

  /**
   * Lets the caller stop the run, by signal or by time, even while it waits for its turn. @returns the function that
   * ends this.
   */
  obeyCaller(): () => void {
    const { signal, timeout } = this.request;
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

function leftBehind(pattern: string, invocations: readonly string[]): PatternContractError {
  return new PatternContractError(`Pattern '${pattern}' returned before its agents had finished`, {
    expected: 'a pattern that awaits everything that it asks for',
    received:
      invocations.length > 0
        ? `${invocations.length} invocations in progress: ${invocations.join(', ')}`
        : 'a delegation or a shared value in progress',
    remedy: 'Await each invoke() in the pattern; those left were cancelled and recorded.',
    evidence: { pattern, invocations },
  });
}
