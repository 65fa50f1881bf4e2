/** The state of a durable run. `withheld`: no worker that serves it can continue it; see `note`. */
export type DurableRunState =
  | 'queued'
  | 'running'
  | 'waiting'
  | 'withheld'
  | 'succeeded'
  | 'failed'
  | 'cancelled';

/** The states of a durable run, the ended ones last. */
export const DURABLE_RUN_STATES = [
  'queued',
  'running',
  'waiting',
  'withheld',
  'succeeded',
  'failed',
  'cancelled',
] as const satisfies readonly DurableRunState[];

/** The states in which a run has ended. */
export const ENDED_STATES: readonly DurableRunState[] = ['succeeded', 'failed', 'cancelled'];

/** The note of a run whose person was erased. */
export const ERASED_RUN = 'The data of its person was erased.';

/** A durable run as a store holds it. Confidential parts are sealed; the store cannot read them. */
export interface StoredRun {
  /** The run's id, and that of its trail. */
  readonly runId: string;
  /** The durable run in which it was started; null for one that was submitted. */
  readonly parentRunId: string | null;
  /** The name of the pattern. */
  readonly pattern: string;
  /** The pseudonym of the person on whose behalf the run acts. Erasing the person deletes the sealed parts. */
  readonly person: string | null;
  /** The state. */
  readonly state: DurableRunState;
  /** The sealed input and options; null once they are deleted. */
  readonly request: string | null;
  /** The sealed result or error; null before the end, and once it is deleted. */
  readonly outcome: string | null;
  /** Why the run is in this state, for people; null if there is nothing to say. */
  readonly note: string | null;
  /** The token of the process that owns the run; null before the first. */
  readonly owner: string | null;
  /** When the run continues by itself; null if it waits for something else. A timestamp in UTC. */
  readonly wakeAt: string | null;
  /** The request to cancel the run, as JSON: its author and the reason. Null if there is none. */
  readonly cancel: string | null;
  /** When it was submitted. A timestamp in UTC. */
  readonly submittedAt: string;
  /** When the state last changed. A timestamp in UTC. */
  readonly updatedAt: string;
}

/** A step of a durable run whose outcome is known. */
export interface StepRecord {
  /** The number of the step in its run, such as `3`, or `3.1` for a call inside step 3. */
  readonly key: string;
  /** Describes the step, so that a run that takes another way is noticed. */
  readonly print: string;
  /** The sealed outcome. */
  readonly outcome: string;
}

/** A durable run with everything that is recorded of it. */
export interface RunJournalRecords {
  /** The run. */
  readonly run: StoredRun;
  /** The steps, in the order in which they were recorded. */
  readonly steps: readonly StepRecord[];
  /** The keys of the outcomes that the pattern has received, in their order. */
  readonly delivered: readonly string[];
}

/** The criteria of a search for durable runs. A run must meet every criterion that is given. */
export interface DurableRunFilter {
  /** The run is in one of these states. */
  readonly states?: readonly DurableRunState[];
  /** The run is one of these. */
  readonly runIds?: readonly string[];
  /** The run was started in this run. */
  readonly parentRunId?: string;
  /** The run continues by itself at this time at the latest. A timestamp in UTC. */
  readonly wakesBy?: string;
  /** Only runs whose cancellation was requested. */
  readonly cancelRequested?: boolean;
  /** The run has ended at this time at the latest, and its content is still kept. A timestamp in UTC. */
  readonly endedBy?: string;
  /** How many runs are returned at most, in the order of their submission. Default: 100. */
  readonly limit?: number;
}

/** Adds a durable run. Refused with `STORE_CONFLICT` if its id exists already. */
export interface AddRun {
  /** The kind of the write. */
  readonly op: 'add_run';
  /** The run to add. */
  readonly run: StoredRun;
}

/**
 * Gives a run to an owner and sets its state to `running`. Refused with `STORE_CONFLICT` if it has ended, and with
 * `STORE_NOT_OWNER` if its owner's token and the new one begin with `ordered/` and the new one is smaller byte by byte.
 */
export interface ClaimRun {
  /** The kind of the write. */
  readonly op: 'claim_run';
  /** The run. */
  readonly runId: string;
  /** The token of the new owner. */
  readonly owner: string;
  /** The time of the claim. */
  readonly at: string;
}

/**
 * Comes first in every batch of a run. Refused with `STORE_NOT_OWNER` unless the token is that of the run's owner, and with
 * `STORE_CONFLICT` if the run has ended: so an owner stores nothing of a run whose person was erased.
 */
export interface Fence {
  /** The kind of the write. */
  readonly op: 'fence';
  /** The run. */
  readonly runId: string;
  /** The token of the owner that writes. */
  readonly owner: string;
}

/** Sets the state of a run that has not ended. Refused with `STORE_CONFLICT` if it has. */
export interface SetRunState {
  /** The kind of the write. */
  readonly op: 'set_run_state';
  /** The run. */
  readonly runId: string;
  /** The new state. */
  readonly state: DurableRunState;
  /** The sealed result or error of a run that ends; else null. */
  readonly outcome: string | null;
  /** Why, for people. */
  readonly note: string | null;
  /** When the run continues by itself. */
  readonly wakeAt: string | null;
  /** The time of the change. */
  readonly at: string;
}

/** Requests that a run be cancelled. Does nothing if it has ended; the first request counts. */
export interface CancelRun {
  /** The kind of the write. */
  readonly op: 'cancel_run';
  /** The run. */
  readonly runId: string;
  /** The author of the request and the reason, as JSON. */
  readonly cancel: string;
}

/** Sets a run that waits or is withheld to `queued`. Does nothing to a run in another state. */
export interface WakeRun {
  /** The kind of the write. */
  readonly op: 'wake_run';
  /** The run. */
  readonly runId: string;
  /** The time of the change. */
  readonly at: string;
}

/** Records the outcomes of steps. Refused with `STORE_CONFLICT` if one of them has an outcome already. */
export interface RecordSteps {
  /** The kind of the write. */
  readonly op: 'record_steps';
  /** The run. */
  readonly runId: string;
  /** The steps. */
  readonly steps: readonly StepRecord[];
}

/** Records the outcomes that the pattern has received since the last record. */
export interface RecordOrder {
  /** The kind of the write. */
  readonly op: 'record_order';
  /** The run. */
  readonly runId: string;
  /** The place of the first of them, from 1. Refused with `STORE_CONFLICT` if it does not follow what is stored. */
  readonly first: number;
  /** The keys of the steps, in the order of their delivery. */
  readonly delivered: readonly string[];
}

/** Deletes the sealed parts of a run: its request, its outcome and its steps. The run's trail stays. */
export interface DropRunContent {
  /** The kind of the write. */
  readonly op: 'drop_run_content';
  /** The run. */
  readonly runId: string;
}

/** The writes that durable runs need in addition. */
export type DurableWrite =
  | AddRun
  | ClaimRun
  | Fence
  | SetRunState
  | CancelRun
  | WakeRun
  | RecordSteps
  | RecordOrder
  | DropRunContent;
