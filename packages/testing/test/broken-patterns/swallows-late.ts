import { definePattern } from '@kaizen-eatp/core/plugin';
import { allOf, parts, workUnder } from './good-pattern.js';

/** Has its lead look at the results, and does without when that fails. */
export const swallowsLate = definePattern({
  name: 'swallows_late',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, (worker) => workUnder(execution, lead, worker, plan));
    const all = Object.fromEntries(done);
    return execution.invoke(lead, all).catch((error) => {
      if (execution.signal.aborted) throw error;
      return all;
    });
  },
});
