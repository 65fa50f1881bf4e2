/*
 * BROKEN (leak between runs, tenants and persons; missing call): concurrent runs with an equal input share one call of the
 * leader ("request coalescing"), although they can belong to different deployments, persons and tasks. The entry is gone when
 * the call has ended, so runs one after another, and runs with different inputs, are correct.
 * HURTS: the second run acts on an answer that another person's leader, perhaps another company's agent with other rights, gave
 * under another trail; its own trail has no act of its leader; and if the first run is cancelled or denied, so is the second.
 * SETUP: agents: { lead: {}, first: {}, second: {} } (one leader first, one or more workers); tolerated failures: none;
 * options: none; otherOptions: { constraints: ['read_only'] } (that is then an added constraint of each worker).
 */
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** The plans that are being made, by what they are made for. */
const inFlight = new Map<string, Promise<unknown>>();

/** Makes a plan once, however many ask for it at the same time. */
function coalesce(key: string, start: () => Promise<unknown>): Promise<unknown> {
  const running = inFlight.get(key);
  if (running) return running;
  const plan = start().finally(() => inFlight.delete(key));
  inFlight.set(key, plan);
  return plan;
}

/** The first agent plans. The others carry the plan out concurrently. */
export const pattern = definePattern({
  name: 'shared_plan',
  options,
  async execute({ agents, input, options, delegate, invoke }) {
    const [lead, ...workers] = agents;
    if (!lead || workers.length === 0) {
      throw new PatternContractError("Pattern 'shared_plan' has no worker", {
        expected: 'a planner first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const plan = await coalesce(JSON.stringify(input) ?? '', () => invoke(lead, input));
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        const delegation = await delegate(lead, worker, { constraints: options.constraints });
        return [worker.name, await invoke(worker, { task: input, plan }, { delegation })] as const;
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return {
      plan,
      results: Object.fromEntries(settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))),
    };
  },
});
