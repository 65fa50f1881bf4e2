import type { Subtask } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { asText, isPlainObject, listOf } from './lenient.js';
import { playRole } from './play-role.js';

/** A subtask with all its fields. */
export type SplitSubtask = Required<Subtask>;

const labels = listOf(z.string().min(1)).optional();

const rights = { requiredCapabilities: labels, required_capabilities: labels, constraints: labels };

/** Finds a misspelt field, so that a subtask with a misspelt limit is not accepted without the limit. */
const misspelt = (given: object): string | undefined =>
  Object.keys(given).find((name) => /capabilit|constraint/i.test(name) && !Object.hasOwn(rights, name));

const subtask = z.union([
  z.string().min(1),
  z.looseObject(rights).refine((given) => misspelt(given) === undefined, {
    error: ({ input }) =>
      `'${misspelt(input as object)}' is not one of ${Object.keys(rights).join(', ')}; data belongs under 'input'`,
  }),
]);

const split = z.preprocess(
  (output) => (isPlainObject(output) ? (output.subtasks ?? output.tasks) : output),
  listOf(subtask).pipe(z.array(z.any()).min(1)),
) as unknown as z.ZodType<z.infer<typeof subtask>[]>;

/**
 * Asks the supervisor to split the task. Method: `decomposeTask(input)`, which returns {@link Subtask}s or `{ subtasks }`.
 * Through `run`: `request, num_tasks → tasks`, a JSON list of strings or objects. An object without `input` is the input
 * itself. The capabilities and constraints that a subtask names are delegated, so the guard judges them.
 */
export async function splitTask(
  execution: PatternExecution,
  supervisor: AgentHandle,
  workerCount: number,
): Promise<SplitSubtask[]> {
  const { input } = execution;
  const subtasks = await playRole(execution, supervisor, {
    role: 'supervisor',
    method: 'decomposeTask',
    input,
    fields: () => ({ request: asText(input), num_tasks: workerCount }),
    expected:
      'a list of at least one subtask, each a string or an object with input, requiredCapabilities, constraints',
    output: split,
  });
  return subtasks.map(asSubtask);
}

function asSubtask(given: z.infer<typeof subtask>): SplitSubtask {
  if (typeof given === 'string') return { input: given, requiredCapabilities: [], constraints: [] };
  const { requiredCapabilities, required_capabilities, constraints = [], ...rest } = given;
  return {
    input: Object.hasOwn(rest, 'input') ? rest.input : rest,
    requiredCapabilities: requiredCapabilities ?? required_capabilities ?? [],
    constraints,
  };
}
