import type { InvocationObserver } from '../invocation/observers.js';
import type { RunEvent } from './run-events.js';

/** The facts about a run that an observer receives before it starts. */
export interface ObservedRun {
  /** The id of the run. */
  readonly runId: string;
  /** The task that the run belongs to. */
  readonly taskId: string;
  /** The name of the pattern. */
  readonly pattern: string;
  /** The agent or user that requested the run; absent if the caller names none. */
  readonly initiatorId?: string;
  /** The invocation in which the run was started; absent for a run of its own. */
  readonly within?: string;
  /** Returns a frozen copy of the input. Secrets in it are not redacted. */
  input(): unknown;
}

/** How an observed run ended. */
export interface ObservedRunEnd {
  /** Whether the run succeeded. `denied`: it failed because an action was denied, or its authority was withdrawn. */
  readonly outcome: 'success' | 'failed' | 'denied';
  /** The code of the error; absent after success. */
  readonly code?: string;
  /** The message of the error; absent after success. */
  readonly message?: string;
  /** The constraint labels that were in force and that nothing enforces; empty after a failure. */
  readonly unenforcedConstraints: readonly string[];
  /** The duration of the run in milliseconds. */
  readonly durationMs: number;
}

/**
 * Watches the runs of a runtime. The guard does not depend on it: an observer that throws or rejects is skipped, and a
 * process warning with the code `EATP_OBSERVER_FAILED` reports it.
 */
export interface RunObserver extends InvocationObserver {
  /** Called around each run. It can return a promise, which nothing waits for. */
  aroundRun?(run: ObservedRun, next: () => Promise<ObservedRunEnd>): unknown;
  /** The types of the events that `on` receives; no others are made for it, which saves their cost. Default: all. */
  readonly events?: readonly RunEvent['type'][];
  /** Receives the events of each run. It can return a promise, which nothing waits for. */
  on?(event: RunEvent): unknown;
}
