import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({ constraints: z.array(z.string()).default([]) });

/**
 * Lets workers form a line that starts at a place by the id of the process: repeatable in one process, and another order when
 * another process takes over a durable run.
 */
export const startsByProcess = definePattern({
  name: 'spread_line',
  options,
  async execute({ agents, input, options, delegate, invoke }) {
    const [leader, ...workers] = agents;
    if (!leader || workers.length === 0) {
      throw new PatternContractError("Pattern 'spread_line' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const start = process.pid % workers.length;
    const line = [...workers.slice(start), ...workers.slice(0, start)];
    let value = await invoke(leader, input);
    const steps: { agent: string; value: unknown }[] = [{ agent: leader.name, value }];
    for (const worker of line) {
      const delegation = await delegate(leader, worker, { constraints: options.constraints });
      value = await invoke(worker, value, { delegation });
      steps.push({ agent: worker.name, value });
    }
    return { value, steps };
  },
});
