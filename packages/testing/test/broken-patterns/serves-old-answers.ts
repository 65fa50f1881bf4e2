import { inspect } from 'node:util';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({ constraints: z.array(z.string()).default([]) });

const lastGood = new Map<string, unknown>();

/**
 * Keeps the last good answer of each agent name for each input in a variable of the module, and returns it, unmarked, in place
 * of the answer of an agent that fails.
 */
export const servesOldAnswers = definePattern({
  name: 'steady_fan_out',
  options,
  async execute(execution) {
    const { agents, input, options } = execution;
    const [leader, ...workers] = agents;
    if (!leader || workers.length === 0) {
      throw new PatternContractError("Pattern 'steady_fan_out' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const steady = async (agent: AgentHandle, act: () => Promise<unknown>): Promise<unknown> => {
      const key = `${agent.name}\n${inspect(input, { depth: Infinity })}`;
      try {
        const answer = await act();
        if (lastGood.size < 1000) lastGood.set(key, answer);
        return answer;
      } catch (error) {
        const isAgents = (error as { code?: unknown }).code === 'AGENT_FAILED';
        if (!isAgents || execution.signal.aborted || !lastGood.has(key)) throw error;
        return lastGood.get(key);
      }
    };
    const plan = await execution.invoke(leader, input);
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        const delegation = await execution.delegate(leader, worker, { constraints: options.constraints });
        const answer = await steady(worker, () => execution.invoke(worker, { input, plan }, { delegation }));
        return { worker: worker.name, answer };
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return { plan, answers: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])) };
  },
});
