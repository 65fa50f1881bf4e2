import { definePattern } from '@kaizen-eatp/core/plugin';
import { allOf, parts } from './good-pattern.js';

/** Means to limit its workers, and misspells the option. */
export const misspellsAnOption = definePattern({
  name: 'misspells_an_option',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    return allOf(workers, async (worker) => {
      await execution.delegate(lead, worker, { constraint: ['read_only'] } as object);
      return execution.invoke(worker, plan);
    });
  },
});
