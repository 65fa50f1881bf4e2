import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({ constraints: z.array(z.string()).default([]) });

/** Reports progress by a timer, which it stops after the work but not when anything fails. */
export const keepsBeating = definePattern({
  name: 'heartbeat_fan_out',
  options,
  async execute({ agents, input, options, delegate, invoke, report }) {
    const [leader, ...workers] = agents;
    if (!leader || workers.length === 0) {
      throw new PatternContractError("Pattern 'heartbeat_fan_out' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    let done = 0;
    const heartbeat = setInterval(() => {
      try {
        report({ done, of: workers.length });
      } catch {
        // Progress is not important.
      }
    }, 1000);
    const plan = await invoke(leader, input);
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        const delegation = await delegate(leader, worker, { constraints: options.constraints });
        const answer = await invoke(worker, { input, plan }, { delegation });
        done += 1;
        return { worker: worker.name, answer };
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    clearInterval(heartbeat);
    return { plan, answers: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])) };
  },
});
