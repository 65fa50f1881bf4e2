import { definePattern } from '@kaizen-eatp/core/plugin';
import { parts, workUnder } from './good-pattern.js';

/** Heeds that one worker was stopped; when several were, it takes that for a passing trouble and sits it out. */
export const ignoresCancelOfMany = definePattern({
  name: 'ignores_cancel_of_many',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const settled = await Promise.allSettled(
      workers.map((worker) => workUnder(execution, lead, worker, plan)),
    );
    const failed = settled.filter((each) => each.status === 'rejected');
    if (failed.length > 1 && execution.signal.aborted) await aMinute();
    if (failed[0]) throw failed[0].reason;
    return settled.map((each) => (each as PromiseFulfilledResult<unknown>).value);
  },
});

const aMinute = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60_000).unref());
