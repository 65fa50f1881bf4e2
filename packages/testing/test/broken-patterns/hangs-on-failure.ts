import { definePattern } from '@kaizen-eatp/core/plugin';
import { allOf, parts, workUnder } from './good-pattern.js';

/** How many executions wait at the moment. */
export const hanging = { count: 0 };

/** Waits for better times when a worker fails. */
export const hangsOnFailure = definePattern({
  name: 'hangs_on_failure',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    try {
      return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
    } catch (error) {
      if (execution.signal.aborted) throw error;
      hanging.count += 1;
      return new Promise((_, reject) =>
        execution.signal.addEventListener('abort', () => {
          hanging.count -= 1;
          reject(error);
        }),
      );
    }
  },
});
