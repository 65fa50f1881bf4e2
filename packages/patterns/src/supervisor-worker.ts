import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { AllAgentsFailedError } from './all-agents-failed-error.js';
import { chooseAgent, expectAgents } from './choose-agent.js';
import { expectRole } from './roles/play-role.js';
import { mergeResults } from './roles/supervisor-merge.js';
import { splitTask } from './roles/supervisor-split.js';
import { SubtaskRunner } from './subtask-runner.js';

const options = z.strictObject({
  /** By name. Default: one by its type, else the first called so, else the first agent (the plan's rule). */
  supervisor: z.string().optional(),
  /** How many subtasks are under way at a time. Default: one for each worker. */
  concurrency: z.int().positive().optional(),
  /** Added to every delegation beside a subtask's own. Default: none. */
  constraints: z.array(z.string()).default([]),
});

export type SupervisorWorkerOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    supervisor_worker: SupervisorWorkerOptions;
  }
}

/**
 * Supervisor → workers → supervisor (plan, "Supervisor-Worker Pattern"; decision 6). The supervisor splits the task;
 * each subtask is delegated with the capabilities and constraints that it names, to a worker that holds them itself if
 * there is one, else to any trusted worker, the least busy first; the supervisor merges what came back and is told
 * what failed. A subtask without capabilities is a handoff as in `sequential`.
 *
 * A supervisor can only have delegated what is its own to give: a subtask that names more fails, and is reported
 * like any other failure. Memory grows with the number of subtasks and of workers, not with their product.
 *
 * @returns what the supervisor made of the results.
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
