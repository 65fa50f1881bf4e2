import { definePattern } from '@kaizen-eatp/core/plugin';
import { parts, workUnder } from './good-pattern.js';

/** Asks one worker after the other, and reports the first failure without asking those that are left. */
export const stopsAsking = definePattern({
  name: 'stops_asking',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done: unknown[] = [];
    for (const worker of workers) {
      try {
        done.push(await workUnder(execution, lead, worker, plan));
      } catch (error) {
        if (execution.signal.aborted || done.length > 0) throw error;
        return { failed: (error as Error).message };
      }
    }
    return done;
  },
});
