import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** How many workers take part. Default: all. */
  workers: z.int().positive().optional(),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

type Settings = z.output<typeof options>;

/** Spreads fields of the leader's answer over the options of the caller, so that an answer can lift the limits that the caller set. */
export const obeysItsLeader = definePattern({
  name: 'tuned_fan_out',
  options,
  async execute({ agents, input, options: given, delegate, invoke }) {
    const [leader, ...others] = agents;
    if (!leader || others.length === 0) {
      throw new PatternContractError("Pattern 'tuned_fan_out' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const plan = await invoke(leader, input);
    const settings: Settings = { ...given, ...tuning(plan) };
    const settled = await Promise.allSettled(
      others.slice(0, settings.workers).map(async (worker) => {
        const delegation = await delegate(leader, worker, { constraints: settings.constraints });
        return { worker: worker.name, answer: await invoke(worker, { input, plan }, { delegation }) };
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return { plan, answers: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])) };
  },
});

function tuning(plan: unknown): Partial<Settings> {
  const said = options
    .partial()
    .safeParse(
      typeof plan === 'object' && plan !== null
        ? Object.fromEntries(
            Object.entries(plan).filter(([name]) => name === 'constraints' || name === 'workers'),
          )
        : {},
    );
  if (!said.success || typeof plan !== 'object' || plan === null) return {};
  return Object.fromEntries(Object.entries(said.data).filter(([name]) => Object.hasOwn(plan, name)));
}
