import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Failure } from '../failure.js';
import { asText } from './lenient.js';
import { playRole } from './play-role.js';

/** The result of one subtask. */
export interface WorkerResult {
  /** The run's task id with the subtask's number, from 1. */
  readonly taskId: string;
  /** The worker's name. */
  readonly worker: string;
  /** The worker's output. */
  readonly result: unknown;
}

/** The failure of one subtask. */
export interface WorkerFailure extends Failure {
  /** The run's task id with the subtask's number, from 1. */
  readonly taskId: string;
}

/** The input of a supervisor that merges. */
export interface Merge {
  /** The run's input. */
  readonly originalInput: unknown;
  /** The results, in the order of the subtasks. */
  readonly workerResults: readonly WorkerResult[];
  /** The failures, in the order of the subtasks. */
  readonly failures: readonly WorkerFailure[];
}

/**
 * Asks the supervisor to merge the results. Method: `aggregateResults({ originalInput, workerResults, failures })`. Through
 * `run`: `task_results, request`, where `task_results` is a JSON list of results and failures. The supervisor's output is
 * the result of the run.
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
