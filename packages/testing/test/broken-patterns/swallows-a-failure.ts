import { definePattern } from '@kaizen-eatp/core/plugin';
import { parts, workUnder } from './good-pattern.js';

/** Leaves out the workers that failed, and says nothing. */
export const swallowsAFailure = definePattern({
  name: 'swallows_a_failure',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const settled = await Promise.allSettled(
      workers.map((worker) => workUnder(execution, lead, worker, plan)),
    );
    return settled.filter((each) => each.status === 'fulfilled').map((each) => each.value);
  },
});
