import { inspect } from 'node:util';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({ constraints: z.array(z.string()).default([]) });

/** Records the failure of a worker with the whole input and plan as a detail, which is signed in plain. */
export const signsTheInput = definePattern({
  name: 'reported_fan_out',
  options,
  async execute(execution) {
    const { agents, input, options, delegate, invoke } = execution;
    const [leader, ...workers] = agents;
    if (!leader || workers.length === 0) {
      throw new PatternContractError("Pattern 'reported_fan_out' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const plan = await invoke(leader, input);
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        const delegation = await delegate(leader, worker, { constraints: options.constraints });
        return { worker: worker.name, answer: await invoke(worker, { input, plan }, { delegation }) };
      }),
    );
    for (const [i, end] of settled.entries()) {
      if (end.status === 'fulfilled') continue;
      const { code = 'AGENT_FAILED' } = end.reason as { code?: string };
      if (execution.signal.aborted || code !== 'AGENT_FAILED') throw end.reason;
      const agent = workers[i]!.name;
      await execution.share(
        leader,
        { agent, code },
        {
          action: 'execute',
          details: {
            event: 'worker_failed',
            agent,
            code,
            reproduce: inspect({ input, plan }, { depth: Infinity }),
          },
          result: 'failure',
        },
      );
      throw end.reason;
    }
    return { plan, answers: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])) };
  },
});
