import type { InvocationContext, Subtask } from '@kaizen-eatp/core';
import type { Awaitable } from './awaitable.js';
import type { Merge } from './supervisor-merge.js';

/** The role of the supervisor in `supervisor_worker`. An agent has both methods, or neither. */
export interface Supervisor {
  /** Splits the task. @returns at least one subtask; a string is the input of a subtask that names nothing else. */
  decomposeTask(
    input: unknown,
    context: InvocationContext,
  ): Awaitable<
    readonly (Partial<Subtask> | string)[] | { readonly subtasks: readonly (Partial<Subtask> | string)[] }
  >;
  /** Merges the results. @returns the result of the run. */
  aggregateResults(merge: Merge, context: InvocationContext): unknown;
}
