import { definePattern } from '@kaizen-eatp/core/plugin';
import { parts, workUnder } from './good-pattern.js';

/** Uses the first worker only. */
export const leavesAnAgentOut = definePattern({
  name: 'leaves_an_agent_out',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    return Object.fromEntries(
      await Promise.all(workers.slice(0, 1).map((worker) => workUnder(execution, lead, worker, plan))),
    );
  },
});
