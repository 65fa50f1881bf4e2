import { type AgentHandle, definePattern } from '@kaizen-eatp/core/plugin';
import { parts, workUnder } from './good-pattern.js';

/** Delegates to its last worker what the lead does not hold, and leaves that worker out when it is refused. */
export const makesDoWithout = definePattern({
  name: 'makes_do_without',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const last = workers.at(-1) as AgentHandle;
    await execution.delegate(lead, last, { capabilities: ['administer'] }).catch(() => undefined);
    const settled = await Promise.allSettled(
      workers.slice(0, -1).map((worker) => workUnder(execution, lead, worker, plan)),
    );
    return settled.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as Error).message));
  },
});
