import type { InvocationContext, Subtask } from '@kaizen-eatp/core';
import type { Awaitable } from './awaitable.js';
import type { Merge } from './supervisor-merge.js';

/** Role of `supervisor_worker`: both methods, or neither. */
export interface Supervisor {
  /** @returns at least one subtask; a text is a subtask's whole input. */
  decomposeTask(
    input: unknown,
    context: InvocationContext,
  ): Awaitable<
    readonly (Partial<Subtask> | string)[] | { readonly subtasks: readonly (Partial<Subtask> | string)[] }
  >;
  /** @returns the result of the run. */
  aggregateResults(merge: Merge, context: InvocationContext): unknown;
}
