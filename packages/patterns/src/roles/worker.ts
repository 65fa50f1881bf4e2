import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { asText, isPlainObject } from './lenient.js';
import { playRole } from './play-role.js';

/** The role of a worker in `supervisor_worker`. */
export interface Worker {
  /** Does a subtask. @param input - the subtask's input. */
  executeTask(input: unknown, context: InvocationContext): unknown;
}

/**
 * Asks a worker to do a subtask. Method: `executeTask(input)`, which receives the subtask's input itself. Through `run`:
 * `task_description, task_id`, and the fields of an object input; any other input except a string is in the field `input`.
 * The worker's output is its result.
 */
export function executeSubtask(
  execution: PatternExecution,
  worker: AgentHandle,
  task: { readonly taskId: string; readonly input: unknown },
  options: InvokeOptions,
): Promise<unknown> {
  const { taskId, input } = task;
  return playRole(
    execution,
    worker,
    {
      role: 'worker',
      method: 'executeTask',
      input,
      fields() {
        const names = { task_description: asText(input), task_id: taskId };
        if (isPlainObject(input)) return { ...names, ...input };
        return typeof input === 'string' ? names : { ...names, input };
      },
      expected: 'anything',
      output: z.unknown(),
    },
    options,
  );
}
