/** The symbol under which Node.js looks for an object's own way of printing; importing `node:util` is not needed. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * The facts about a run that failed; an `OrchestrationResult` has the same ones about a run that succeeded.
 *
 * The lists of records are declared next to the records, in `chain/failed-run-records.ts`: this folder imports nothing.
 */
export interface FailedRun {
  /** The run's id, under which the store has its trail. */
  readonly runId: string;
  /** The id of the task that the run worked on. */
  readonly taskId: string;
}

/** Returns one line about a run, for printing: its records can fill hundreds of lines. */
export function describeRun({ runId, taskId, ...lists }: FailedRun): string {
  const { auditTrail, delegations } = lists as { auditTrail?: unknown; delegations?: unknown };
  return `FailedRun ${runId} of task ${taskId} (${count(auditTrail, 'anchor')}, ${count(delegations, 'delegation')})`;
}

function count(list: unknown, what: string): string {
  const length = Array.isArray(list) ? list.length : 0;
  return `${length} ${what}${length === 1 ? '' : 's'}`;
}
