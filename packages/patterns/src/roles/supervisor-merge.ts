import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Failure } from '../failure.js';
import { asText } from './lenient.js';
import { playRole } from './play-role.js';

/** What a worker made of a subtask. */
export interface WorkerResult {
  /** The run's task id, and the subtask's number from 1. */
  readonly taskId: string;
  readonly worker: string;
  readonly result: unknown;
}

export interface WorkerFailure extends Failure {
  readonly taskId: string;
}

/** What a supervisor merges. */
export interface Merge {
  /** The run's. */
  readonly originalInput: unknown;
  /** In the order of the subtasks. */
  readonly workerResults: readonly WorkerResult[];
  readonly failures: readonly WorkerFailure[];
}

/**
 * The supervisor merges. `aggregateResults({ originalInput, workerResults, failures })`; through `run`:
 * `task_results, request`, where `task_results` is a JSON list with results and failures alike. Whatever it returns
 * is the result.
 */
export function mergeResults(
  execution: PatternExecution,
  supervisor: AgentHandle,
  workerResults: readonly WorkerResult[],
  failures: readonly WorkerFailure[],
): Promise<unknown> {
  const { input } = execution;
  const done = workerResults.map(({ taskId, worker, result }) => ({
    task_id: taskId,
    worker,
    status: 'completed',
    result,
  }));
  const failed = failures.map(({ taskId, agent, code, reason }) => ({
    task_id: taskId,
    worker: agent,
    status: 'failed',
    error: `${code}: ${reason}`,
  }));
  const merge: Merge = { originalInput: input, workerResults, failures };
  return playRole(execution, supervisor, {
    role: 'supervisor',
    method: 'aggregateResults',
    input: merge,
    fields() {
      return { task_results: JSON.stringify([...done, ...failed]), request: asText(input) };
    },
    expected: 'anything',
    output: z.unknown(),
  });
}
