import { EatpError } from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { allOf, parts, workUnder } from './good-pattern.js';

/** Takes being stopped for a passing trouble, and sits it out without a look at `execution.signal`. */
export const ignoresCancel = definePattern({
  name: 'ignores_cancel',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    try {
      const plan = await execution.invoke(lead, execution.input);
      return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
    } catch (error) {
      if (error instanceof EatpError && error.code !== 'AGENT_FAILED') await aMinute();
      throw error;
    }
  },
});

const aMinute = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60_000).unref());
