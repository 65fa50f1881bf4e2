import { isEatpError } from '@kaizen-eatp/core';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** The people who can approve the plan. Default: none, so that no approval is needed. */
  approvers: z.array(z.string()).default([]),
  /** How long they have, in milliseconds. Default: one day. */
  expiresIn: z.int().positive().default(86_400_000),
  constraints: z.array(z.string()).default([]),
});

type Settings = z.output<typeof options>;

/**
 * Asks people for an approval, and goes on unless a person says no: an approval that expired counts as given, and so does one
 * that could not be requested.
 */
export const takesSilenceForConsent = definePattern({
  name: 'approved_plan',
  options,
  async execute(execution) {
    const { agents, input, options, delegate, invoke } = execution;
    const [leader, ...workers] = agents;
    if (!leader || workers.length === 0) {
      throw new PatternContractError("Pattern 'approved_plan' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const plan = await invoke(leader, input);
    if (await isRejected(execution, plan)) {
      throw new PatternContractError("The plan of pattern 'approved_plan' was rejected", {
        expected: 'an approval',
        received: 'a rejection',
        remedy: 'Make another plan.',
      });
    }
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        const delegation = await delegate(leader, worker, { constraints: options.constraints });
        return { worker: worker.name, answer: await invoke(worker, { input, plan }, { delegation }) };
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return { plan, answers: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])) };
  },
});

async function isRejected(
  { approval, options }: PatternExecution<Settings>,
  plan: unknown,
): Promise<boolean> {
  const { approvers, expiresIn } = options;
  if (approvers.length === 0) return false;
  try {
    const { outcome } = await approval({ action: 'carry_out_plan', input: plan, approvers, expiresIn });
    return outcome === 'rejected';
  } catch (error) {
    if (isEatpError(error, 'DURABLE_RUN_REQUIRED')) return false;
    throw error;
  }
}
