import type { Actor } from '../../invocation/actor.js';
import type { RunJournalRecords, StoreWrite, TrustStore } from '../../store/index.js';
import type { RunOwner } from './journal-committer.js';
import type { JournalStep } from './journal-step.js';
import type { Seal } from './seal.js';

/** The parts of a journal. */
export interface JournalOptions {
  /** The store that keeps the run. */
  readonly store: TrustStore;
  /** The process that owns the run. */
  readonly owner: RunOwner;
  /** The seal of the run. */
  readonly seal: Seal;
  /** The run and its steps, as they are stored. */
  readonly records: RunJournalRecords;
  /**
   * The writes with which the first commit begins, if nothing of the run was executed before: the run itself, or the
   * claim to it. Default: none.
   */
  readonly opening?: readonly StoreWrite[];
  /** The time, in milliseconds since the epoch. */
  now(): number;
  /** When the run times out, in milliseconds since the epoch; undefined without a time limit. */
  readonly deadline?: number | undefined;
  /** Whether the run may leave the process while it waits. A run inside another one cannot. */
  readonly canSuspend: boolean;
}

/** How a step of a pattern is performed. */
export interface StepWork {
  /** The agent that acts, if one does. */
  readonly actor?: Actor;
  /** Performs the step. @returns the value of a step that does not settle itself. */
  live(step: JournalStep): Promise<unknown>;
  /** Called for a recorded value, in the place of the step, before the pattern receives it. */
  restore?(value: unknown): void;
}
