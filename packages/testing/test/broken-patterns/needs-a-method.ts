import { definePattern } from '@kaizen-eatp/core/plugin';
import { allOf, parts, workUnder } from './good-pattern.js';

/** Asks its lead for a method, though a plain agent has only `run`. */
export const needsAMethod = definePattern({
  name: 'needs_a_method',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input, { method: 'decomposeTask' });
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});
