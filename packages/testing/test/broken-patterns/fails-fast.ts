import { definePattern } from '@kaizen-eatp/core/plugin';
import { parts, workUnder } from './good-pattern.js';

/** Throws at the first failure and leaves the other workers to themselves. */
export const failsFast = definePattern({
  name: 'fails_fast',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    return Promise.all(workers.map((worker) => workUnder(execution, lead, worker, plan)));
  },
});
