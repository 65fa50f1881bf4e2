import { definePattern } from '@kaizen-eatp/core/plugin';
import { allOf, parts } from './good-pattern.js';

/** Invokes its workers without delegating to them. */
export const skipsADelegation = definePattern({
  name: 'skips_a_delegation',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    return allOf(workers, (worker) => execution.invoke(worker, plan));
  },
});
