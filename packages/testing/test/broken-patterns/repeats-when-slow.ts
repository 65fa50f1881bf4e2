import { PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({ constraints: z.array(z.string()).default([]) });

/**
 * Takes an answer that took longer than 150 ms for stale, gives the work to the next worker as well, and throws the first
 * answer away.
 */
export const repeatsWhenSlow = definePattern({
  name: 'fresh_parts',
  options,
  async execute({ agents, input, options, delegate, invoke, now }) {
    const [leader, ...workers] = agents;
    if (!leader || workers.length === 0) {
      throw new PatternContractError("Pattern 'fresh_parts' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const plan = await invoke(leader, input);
    const perform = async (worker: AgentHandle, part: number) => {
      const delegation = await delegate(leader, worker, { constraints: options.constraints });
      const start = await now();
      const answer = await invoke(worker, { input, plan, part }, { delegation });
      const isFresh = (await now()).getTime() - start.getTime() <= 150;
      return { isFresh, done: { part, worker: worker.name, answer } };
    };
    const settled = await Promise.allSettled(
      workers.map(async (worker, part) => {
        const first = await perform(worker, part);
        const next = workers[(part + 1) % workers.length]!;
        return first.isFresh || next === worker ? first.done : (await perform(next, part)).done;
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return { plan, parts: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])) };
  },
});
