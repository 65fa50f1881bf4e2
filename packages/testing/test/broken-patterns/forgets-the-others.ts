import { definePattern } from '@kaizen-eatp/core/plugin';
import { parts, workUnder } from './good-pattern.js';

/** Reports a failure, and forgets what the other workers contributed. */
export const forgetsTheOthers = definePattern({
  name: 'forgets_the_others',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const settled = await Promise.allSettled(
      workers.map((worker) => workUnder(execution, lead, worker, plan)),
    );
    const failed = settled.filter((each) => each.status === 'rejected').map((each) => each.reason as Error);
    if (failed.length === workers.length) throw failed[0];
    if (failed.length > 0) return { failed: failed.map((error) => error.message), status: 'completed' };
    return settled.map((each) => (each as PromiseFulfilledResult<unknown>).value);
  },
});
