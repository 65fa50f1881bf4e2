import {
  EatpError,
  ExecutionCancelledError,
  ExecutionTimeoutError,
  InvocationError,
} from '../errors/index.js';
import { CallControl } from './call-control.js';
import type { CallStep } from './call-step.js';
import type { Limiter } from './limiter.js';
import type { TraceParent } from './trace-parent.js';

/** Node's timers cannot wait longer, in milliseconds. */
const MAX_TIMER = 2 ** 31 - 1;

/** The call to make. */
export interface CallPlan {
  /** The agent that is called. */
  readonly agentId: string;
  /** The action that is verified and recorded. */
  readonly action: string;
  /** The time limit in milliseconds. Default: that of the life cycle. */
  readonly timeout?: number | undefined;
  /** The call in which this one is made. */
  readonly within?: Call | undefined;
  /** The journal's entry for it, in a durable run. */
  readonly step?: CallStep | undefined;
  /** Whether the agent is called again after an interruption. Default: `unknown`, it is not. */
  readonly interrupted?: 'unknown' | 'retry';
  /** Stops this call when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Receives a notice of each call. Set only if the run has listeners. */
export interface CallObserver {
  /** The agent is about to act. */
  started(call: Call): void;
  /** The call has ended, for any reason. */
  ended(call: Call, outcome: 'success' | 'failed', durationMs: number, code: string | undefined): void;
}

/** The options that all calls of a run, or of one standalone call, share. */
export interface LifecycleOptions {
  /** Numbers the next call. */
  nextId(): string;
  /** Stops all calls. */
  readonly control: CallControl;
  /** Limits how many agents act at a time. */
  readonly limiter?: Limiter | undefined;
  /** The time limit of each call, in milliseconds. Default: no limit. */
  readonly timeout?: number | undefined;
  /** How deep calls may be nested. */
  readonly maxNesting: number;
  /** How deep the run itself is nested in other invocations. */
  readonly depth: number;
  /** Receives a notice of each call. */
  readonly observer?: CallObserver | undefined;
}

/**
 * The life cycle of every call, guarded or plain, in a run or standalone: the call gets a number and a place, starts,
 * can time out or be stopped, and ends everything that it started.
 */
export class Lifecycle {
  /** The calls that have not ended. */
  readonly calls = new Set<Call>();

  constructor(
    /** The options, which all calls share. */
    readonly options: LifecycleOptions,
  ) {}

  /** @throws InvocationError `NESTING_TOO_DEEP`; otherwise what the work throws. */
  async perform<T>(plan: CallPlan, work: (call: Call) => Promise<T>): Promise<T> {
    const call = new Call(this.options, plan);
    const { observer, control } = this.options;
    const release = (plan.within?.control ?? control).watchOver(call.control);
    const unlink = plan.signal && stopWith(plan.signal, call);
    const startedAt = observer ? performance.now() : 0;
    this.calls.add(call);
    try {
      const output = await work(call);
      observer?.ended(call, 'success', performance.now() - startedAt, undefined);
      return output;
    } catch (error) {
      const code = error instanceof EatpError ? error.code : undefined;
      observer?.ended(call, 'failed', performance.now() - startedAt, code);
      throw error;
    } finally {
      release();
      unlink?.();
      this.calls.delete(call);
      call.end();
    }
  }
}

/** Stops a call when a signal aborts. @returns the function that ends this. */
function stopWith(signal: AbortSignal, { agentId, control }: Call): () => void {
  const stop = (): void => control.abort(new ExecutionCancelledError(`Agent '${agentId}'`, signal.reason));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return () => signal.removeEventListener('abort', stop);
}

/** One call, from its number to its end. */
export class Call {
  /** `run/sequence`. */
  readonly id: string;
  /** The agent that is called. */
  readonly agentId: string;
  /** The action that is verified and recorded. */
  readonly action: string;
  /** How many calls it is nested in. */
  readonly depth: number;
  /** The call in which this one is made. */
  readonly within: Call | undefined;
  /** Whether the agent is called again after an interruption. */
  readonly interrupted: 'unknown' | 'retry';
  /** The journal's entry for it, in a durable run. */
  readonly step: CallStep | undefined;
  /** Stops this call. */
  readonly control = new CallControl();
  /** The runs that were started in the course of this call. */
  readonly nestedRuns: string[] = [];
  /** The usage that the agent reported; undefined if it reported none. */
  usage: { tokens: number; cost: number } | undefined;
  /** The trace and span of the call; set when it starts, if an observer gives them. */
  trace: TraceParent | undefined;
  /** Milliseconds since the epoch; set when the call starts, if it has a limit. */
  deadline: number | undefined;
  readonly #options: LifecycleOptions;
  readonly #timeout: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #limitTimer: NodeJS.Timeout | undefined;
  #hasPlace = false;
  #isOver = false;
  #away = 0;

  constructor(options: LifecycleOptions, plan: CallPlan) {
    const { agentId, action, timeout, within, step } = plan;
    this.depth = within ? within.depth + 1 : options.depth;
    if (this.depth > options.maxNesting)
      throw InvocationError.nestingTooDeep(`An invocation of agent '${agentId}'`, options.maxNesting);
    this.within = within;
    this.interrupted = plan.interrupted ?? 'unknown';
    this.step = step;
    this.id = step ? step.invocationId : options.nextId();
    this.agentId = agentId;
    this.action = action;
    this.#options = options;
    this.#timeout = timeout ?? options.timeout;
  }

  /** Returns a promise to wait for if there is no free place. It rejects when the call is stopped meanwhile. */
  admit(): Promise<void> | undefined {
    const { limiter } = this.#options;
    if (!limiter) return undefined;
    this.#hasPlace = limiter.tryEnter();
    if (this.#hasPlace) return undefined;
    return limiter.enter(this.control.signal).then(() => {
      this.#hasPlace = true;
    });
  }

  /** The agent starts; its time limit counts from now on. */
  begin(): void {
    const limit = this.#timeout;
    if (limit !== undefined) {
      this.deadline = Date.now() + limit;
      this.#timer = setTimeout(
        () => this.control.abort(new ExecutionTimeoutError(`Invocation ${this.id}`, limit)),
        limit,
      );
    }
    this.#options.observer?.started(this);
  }

  /** Stops the call after the time, in milliseconds, that a limit in a signed record sets. */
  endWithin(time: number): void {
    const left = Math.max(time, 1);
    if (left > MAX_TIMER) return;
    this.#limitTimer = setTimeout(
      () => this.control.abort(new ExecutionTimeoutError(`Invocation ${this.id}`, left)),
      left,
    );
  }

  /** Gives up the place while it waits for other calls, and takes one again afterwards. */
  async away<T>(work: () => Promise<T>): Promise<T> {
    const { limiter } = this.#options;
    if (!limiter) return work();
    this.#away += 1;
    if (this.#away === 1) limiter.leave();
    try {
      return await work();
    } finally {
      this.#away -= 1;
      if (this.#away === 0) await limiter.enter();
    }
  }

  /** @throws the reason why the call was stopped, or `INVOCATION_ENDED`: leftover code must not continue. */
  expectInProgress(): void {
    if (this.control.reason) throw this.control.reason;
    if (this.#isOver) throw InvocationError.ended(this.agentId, this.id, 'its context');
  }

  /** Called by the life cycle only. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#limitTimer);
    if (this.#hasPlace) this.#options.limiter?.leave();
    this.control.abandon(() => new ExecutionCancelledError(this.id, 'the call that made it has ended'));
  }
}
