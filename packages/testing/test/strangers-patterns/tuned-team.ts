/*
 * BROKEN (trust in an agent's answer): fields of the leader's answer that are called like an option (`constraints`,
 * `capabilities`) replace what the caller set ("the leader may tune the settings").
 * HURTS: a leader that was tricked by a prompt, or that merely echoes a document with such a field, lifts the caller's limits:
 * `{ constraints: [] }` removes `read_only`, `{ capabilities: ['pay'] }` gives a worker what the caller did not.
 * SETUP: agents: { lead: {}, first: {}, second: {} } (one leader first, one or more workers); tolerated failures: none;
 * options: none; otherOptions: { constraints: ['read_only'] } (that is then an added constraint of each worker). The fault shows
 * when the leader's answer is an object with a field `constraints` or `capabilities` that is a list of strings.
 */
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const settings = {
  /** The capabilities that each worker is delegated. Default: all that fits. */
  capabilities: z.array(z.string()).min(1).optional(),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
};
const options = z.strictObject(settings);
/** The settings as an answer may have them, among fields of its own. */
const tuning = z.object({ capabilities: settings.capabilities, constraints: z.array(z.string()).optional() });

/** The first agent makes a plan. The others work concurrently on the input and the plan. */
export const pattern = definePattern({
  name: 'tuned_team',
  options,
  async execute({ agents, input, options, delegate, invoke }) {
    const [lead, ...workers] = agents;
    if (!lead || workers.length === 0) {
      throw new PatternContractError("Pattern 'tuned_team' has no worker", {
        expected: 'a planner first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const plan = await invoke(lead, input);
    const tuned = tuning.safeParse(plan);
    const { capabilities, constraints } = { ...options, ...(tuned.success && tuned.data) };
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        const delegation = await delegate(lead, worker, {
          ...(capabilities && { capabilities }),
          constraints,
        });
        return { worker: worker.name, output: await invoke(worker, { task: input, plan }, { delegation }) };
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return { plan, outputs: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])) };
  },
});
