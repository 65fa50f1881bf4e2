import { definePattern } from '@kaizen-eatp/core/plugin';
import { parts, workUnder } from './good-pattern.js';

/** Starts its workers and returns before they have ended. */
export const returnsEarly = definePattern({
  name: 'returns_early',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    for (const worker of workers) workUnder(execution, lead, worker, plan).catch(() => undefined);
    return 'started';
  },
});
