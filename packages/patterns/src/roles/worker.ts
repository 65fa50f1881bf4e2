import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { asText, isPlainObject } from './lenient.js';
import { playRole } from './play-role.js';

/** Role of `supervisor_worker`. */
export interface Worker {
  executeTask(input: unknown, context: InvocationContext): unknown;
}

/**
 * A worker does a subtask. `executeTask(input)` gets the subtask's input bare. Through `run`: `task_description,
 * task_id`, with the input's own fields beside them if it is an object, and as `input` if it is neither object nor
 * text. Whatever it returns is its result.
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
