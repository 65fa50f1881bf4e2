import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({ constraints: z.array(z.string()).default([]) });

const FATAL = /^(STORE_\w+|OUTCOME_NOT_RECORDED|TRAIL_FORK|SIGNING_FAILED|EXECUTION_CANCELLED)$/;

interface Coded {
  readonly code?: string;
  readonly message?: string;
}

/**
 * Continues without workers, names each failure in its result, and ends the run for failures that must end it; but it looks only
 * at the first failure in the order of the workers. A later act without a record is reported as complete.
 */
export const seesOneFailure = definePattern({
  name: 'best_effort',
  options,
  async execute(execution) {
    const { agents, input, options } = execution;
    const [leader, ...workers] = agents;
    if (!leader || workers.length === 0) {
      throw new PatternContractError("Pattern 'best_effort' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const plan = await execution.invoke(leader, input);
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        const delegation = await execution.delegate(leader, worker, { constraints: options.constraints });
        return {
          worker: worker.name,
          answer: await execution.invoke(worker, { input, plan }, { delegation }),
        };
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) {
      const { code } = failure.reason as Coded;
      if (execution.signal.aborted || code === undefined || FATAL.test(code)) throw failure.reason;
      if (settled.every((end) => end.status === 'rejected')) throw failure.reason;
    }
    return {
      plan,
      answers: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])),
      failures: settled.flatMap((end, i) => {
        if (end.status === 'fulfilled') return [];
        const { code, message } = end.reason as Coded;
        return [{ agent: workers[i]!.name, code, reason: message }];
      }),
    };
  },
});
