// The data that the workflow and the activity pass to each other. Temporal keeps it in the history of the workflow, where its operators
// can read it: so it holds the id of the run and numbers, and nothing else.

/** The name of the workflow's type. */
export const WORKFLOW = 'kaizenDurableRun';

/** The name of the signal that a run can be executed. */
export const WAKE = 'wake';

/** The argument of the workflow of a run. */
export interface RunTicket {
  readonly runId: string;
  readonly heartbeatSeconds: number;
  readonly retryLimit: number;
  /** The state that a workflow whose history became long passes on to the next one. Default: a new beginning. */
  readonly carried?: Carried;
}

/** Where the execution of a run is. */
export interface Carried {
  /** When the first workflow of the run started, in milliseconds since 1970; later for one that was started again. */
  readonly generation: number;
  /** The number of activities before. */
  readonly turn: number;
  /** The number of executions that failed since the last one that did not. */
  readonly failures: number;
  /** Whether the run was woken since its last execution began. */
  readonly isWoken: boolean;
}

/** The argument of the activity. */
export interface Turn {
  readonly runId: string;
  readonly generation: number;
  readonly turn: number;
}

/** The type of the failure of an execution that must be repeated. Its details are {@link FailedTurn}. */
export const REPEAT = 'repeat';

/** Says what the failure of an execution means. */
export interface FailedTurn {
  /** How often the activity was tried. */
  readonly attempts: number;
  /** Whether the failure counts against the limit. */
  readonly counts: boolean;
}
