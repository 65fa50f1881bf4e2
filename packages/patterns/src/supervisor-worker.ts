import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { AllAgentsFailedError } from './all-agents-failed-error.js';
import { chooseAgent, expectAgents } from './choose-agent.js';
import { expectDepth } from './expect-depth.js';
import { expectRole } from './roles/play-role.js';
import { mergeResults } from './roles/supervisor-merge.js';
import { splitTask } from './roles/supervisor-split.js';
import { SubtaskRunner } from './subtask-runner.js';

const options = z.strictObject({
  /**
   * The name of the supervisor. Default: the first `TrustedSupervisorAgent`, else the first agent whose name contains
   * "supervisor", else the first agent.
   */
  supervisor: z.string().optional(),
  /** How many subtasks are in progress at a time. Default: one for each worker. */
  concurrency: z.int().positive().optional(),
  /** Constraints that are added to every delegation, besides the subtask's own. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** Options of `supervisor_worker`. */
export type SupervisorWorkerOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    supervisor_worker: SupervisorWorkerOptions;
  }
  interface PatternResults {
    /** The output of the supervisor's `aggregateResults`. */
    supervisor_worker: unknown;
  }
}

/**
 * Supervisor → workers → supervisor. The supervisor splits the task. Each subtask is delegated with the capabilities
 * and constraints that it names: to a worker that holds these capabilities itself, else to any trusted worker, the
 * least busy one first. The supervisor merges the results and receives the failures with them. A subtask that names no
 * capabilities is delegated as in `sequential`.
 *
 * A subtask that names a capability which the supervisor cannot give fails, and is reported like any other failure.
 * Memory grows with the number of subtasks and of workers, not with their product.
 *
 * @returns what the supervisor returned for the results.
 * @throws AllAgentsFailedError if every subtask failed, RoleOutputError if the supervisor did not split.
 */
export const supervisorWorker = definePattern({
  name: 'supervisor_worker',
  options,
  async execute(execution) {
    const { agents, options } = execution;
    const supervisor = supervisorOf(agents, options.supervisor);
    const workers = agents.filter((agent) => agent !== supervisor);
    expectAgents('supervisor_worker', 'worker', workers);
    expectDepth(execution, 'supervisor_worker', 1);
    expectRole(supervisor, 'decomposeTask', 'aggregateResults');
    const subtasks = await splitTask(execution, supervisor, workers.length);
    const runner = await SubtaskRunner.open(execution as PatternExecution, supervisor, workers, subtasks);
    const { results, failures, firstError } = await runner.run(
      options.concurrency ?? workers.length,
      options.constraints,
    );
    if (results.length === 0) throw new AllAgentsFailedError('subtask', failures, firstError);
    return mergeResults(execution, supervisor, results, failures);
  },
});

function supervisorOf(agents: readonly AgentHandle[], name: string | undefined): AgentHandle {
  const byType = name === undefined ? agents.find((agent) => agent.isSupervisor) : undefined;
  return byType ?? chooseAgent(agents, { name, word: 'supervisor' }) ?? agents[0]!;
}
