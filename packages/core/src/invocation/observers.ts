import type { Denial } from '../errors/index.js';
import { frozenCopy } from '../values/index.js';
import { notify } from '../wire/notify.js';
import { parseTraceParent, type TraceParent } from './trace-parent.js';

/** The facts about an invocation or a tool call that an observer receives before it starts. */
export interface ObservedCall {
  /** The run; null outside runs. */
  readonly runId: string | null;
  /** The task that the work is done for. */
  readonly taskId: string;
  /** `run/sequence`. */
  readonly invocationId: string;
  /** The invocation in which this one is made; absent for one that a pattern makes. */
  readonly within?: string;
  /** The agent that acts. */
  readonly agentId: string;
  /** The name of the agent. */
  readonly agentName: string;
  /** Whether the agent does its work in another process, for instance in Python. */
  readonly isRemote: boolean;
  /** The action that is verified and recorded. */
  readonly action: string;
  /** The id of the delegation that the agent acts under; null for its own right. */
  readonly delegationId: string | null;
  /** How many invocations it is nested in. */
  readonly depth: number;
  /** The trace context of the code that makes the call, where that code runs in another process. */
  readonly trace?: TraceParent;
  /** Returns a frozen copy of the input. Secrets in it are not redacted. */
  input(): unknown;
}

/** An invocation of a method of an agent. */
export interface ObservedInvocation extends ObservedCall {
  /** The method that is called. */
  readonly method: string;
}

/** A call of a tool. */
export interface ObservedTool extends ObservedCall {
  /** The name of the tool. */
  readonly tool: string;
  /** The effect of the tool on the world; absent if its author does not declare it. */
  readonly effects?: 'read' | 'write';
}

/** How observed work ended. */
export interface ObservedEnd {
  /** Whether the work succeeded. `denied`: verification refused it, or its authority was withdrawn. */
  readonly outcome: 'success' | 'failed' | 'denied';
  /** The code of the error; absent after success. */
  readonly code?: string;
  /** The message of the error; absent after success. */
  readonly message?: string;
  /** The reason for a denial; absent without one. */
  readonly denial?: Denial;
  /** The id of the anchor that records the outcome; absent where none was stored. */
  readonly anchorId?: string;
  /** The constraint labels that were in force and that nothing enforces. */
  readonly unenforcedConstraints: readonly string[];
  /** The duration of the whole work in milliseconds. */
  readonly durationMs: number;
  /** The duration of its verification in milliseconds; absent where there was none. */
  readonly verificationMs?: number;
  /** When the revocation that stopped the work was made, in milliseconds since the epoch; absent without one. */
  readonly revokedAt?: number;
  /** Returns a frozen copy of the output; undefined unless the work succeeded. Secrets in it are not redacted. */
  output(): unknown;
}

/** Starts the observed work. It starts once, however often it is called. @returns the end; never rejects. */
export type ObservedNext = () => Promise<ObservedEnd>;

/**
 * Watches invocations and tool calls. An observer sees denied work and agents in other processes, too. It cannot change,
 * delay or prevent anything: the work starts with the first call of `next`, or as soon as the observer has returned.
 */
export interface InvocationObserver {
  /** Called around each invocation of an agent. It can return a promise, which nothing waits for. */
  aroundInvocation?(call: ObservedInvocation, next: ObservedNext): unknown;
  /** Called around each tool call. It can return a promise, which nothing waits for. */
  aroundTool?(call: ObservedTool, next: ObservedNext): unknown;
  /**
   * Returns the trace context that is active. Called while the work starts, inside `next`. The first observer with a valid
   * answer gives the trace and span that anchors sign and that agents find in their context.
   */
  trace?(): TraceParent | undefined;
  /**
   * Whether the observer wants the invocations and tool calls of a run. Asked once, when the run starts. If no observer of
   * the runtime wants them, they are not observed, which saves its cost, and carry the trace context of the run. Default: true.
   */
  watches?(runId: string): boolean;
}

type Around<Context> = (context: Context, next: () => Promise<never>) => unknown;

/** The observers of a runtime, behind a door through which they only see. */
export class Observers<Observer extends InvocationObserver = InvocationObserver> {
  readonly #reported = new Set<string>();

  constructor(
    /** The observers, in the order in which they surround the work. */
    readonly all: readonly Observer[],
  ) {}

  /** Returns the observers of the calls of a run that has started; undefined if none of them wants these. */
  ofCalls(runId: string): this | undefined {
    const isWatching = (observer: Observer, i: number): boolean => {
      try {
        return observer.watches?.(runId) !== false;
      } catch (error) {
        this.report(i, 'watches', error);
        return true;
      }
    };
    return this.all.some(isWatching) ? this : undefined;
  }

  /**
   * Does work inside all observers that have a hook. The work runs exactly once, and its result goes to the caller alone.
   *
   * @param work - receives the trace context, which an observer has made active by then.
   * @param endOf - describes the end of the work to the observers. Must not throw.
   */
  around<Context, T, End>(
    hook: keyof Observer & string,
    context: Context,
    work: (trace: TraceParent | undefined) => Promise<T>,
    endOf: (settled: { readonly output: T } | { readonly error: unknown }) => End,
  ): Promise<T> {
    const started: { work?: Promise<T>; end?: Promise<End> } = {};
    const enter = (i: number): void => {
      if (i >= this.all.length) {
        started.work = work(this.#trace());
        started.end = started.work.then(
          (output) => endOf({ output }),
          (error) => endOf({ error }),
        );
        return;
      }
      const observer = this.all[i] as Observer;
      const around = observer[hook] as Around<Context> | undefined;
      let isEntered = false;
      const next = (): Promise<never> => {
        if (!isEntered) {
          isEntered = true;
          enter(i + 1);
        }
        return started.end as Promise<never>;
      };
      if (around)
        notify(
          () => around.call(observer, context, next),
          undefined,
          (error) => this.report(i, hook, error),
        );
      // One that has not called `next` by now would hold back the work.
      void next();
    };
    enter(0);
    return started.work as Promise<T>;
  }

  /** Warns, once for each hook of an observer, that the hook has failed. */
  report(index: number, hook: string, error: unknown): void {
    const key = `${index}.${hook}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    process.emitWarning(
      `observers[${index}].${hook} failed and was skipped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}. ` +
        'The work goes on without it. Further failures of this hook are not reported.',
      { type: 'EatpWarning', code: OBSERVER_FAILED_WARNING },
    );
  }

  #trace(): TraceParent | undefined {
    for (const [i, observer] of this.all.entries()) {
      if (!observer.trace) continue;
      try {
        const trace = parseTraceParent(observer.trace());
        if (trace) return trace;
      } catch (error) {
        this.report(i, 'trace', error);
      }
    }
    return undefined;
  }
}

/** The code of the process warning about an observer that has failed. */
export const OBSERVER_FAILED_WARNING = 'EATP_OBSERVER_FAILED';

/** Returns a function that gives a frozen copy of a captured value. */
export const copyOf = (value: Parameters<typeof frozenCopy>[0] | undefined) => (): unknown =>
  value && frozenCopy(value);
