import { isEatpError } from '@kaizen-eatp/core';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({ constraints: z.array(z.string()).default([]) });

/** Gives a worker that was denied under the constraints of the caller a second delegation without them, and calls it again. */
export const liftsConstraints = definePattern({
  name: 'robust_fan_out',
  options,
  async execute(execution) {
    const { agents, input } = execution;
    const [leader, ...workers] = agents;
    if (!leader || workers.length === 0) {
      throw new PatternContractError("Pattern 'robust_fan_out' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const plan = await execution.invoke(leader, input);
    const settled = await Promise.allSettled(
      workers.map(
        async (worker) => [worker.name, await work(execution, leader, worker, { input, plan })] as const,
      ),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return {
      plan,
      work: Object.fromEntries(settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))),
    };
  },
});

async function work(
  execution: PatternExecution<z.output<typeof options>>,
  leader: AgentHandle,
  worker: AgentHandle,
  task: unknown,
): Promise<unknown> {
  const { constraints } = execution.options;
  try {
    const delegation = await execution.delegate(leader, worker, { constraints });
    return await execution.invoke(worker, task, { delegation });
  } catch (error) {
    if (!isEatpError(error, 'VERIFICATION_DENIED') || constraints.length === 0) throw error;
    const delegation = await execution.delegate(leader, worker);
    return await execution.invoke(worker, task, { delegation });
  }
}
