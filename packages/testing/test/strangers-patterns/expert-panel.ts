/**
 * The pattern `expert_panel`. All experts answer the question concurrently under delegations of the chair, the first agent. An expert
 * may fail: the result then names it with the reason. The chair receives the answers with the experts' names and concludes.
 *
 * The fault (truth of the result): the answers are filtered first and named afterwards, by their place. As soon as an expert fails, every
 * answer after it is attributed to another expert: those who failed get the words of those who did not.
 *
 * How it hurts: counsel fails, and the intern's answer appears as counsel's, both to the chair and in the result, next to a failure that says
 * that counsel did not answer. Decisions cite the wrong person, and only the trail disagrees. Without a failure all is right.
 */
import { EatpError } from '@kaizen-eatp/core';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import type { patternConformance } from '@kaizen-eatp/testing';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

const ENDINGS = ['OUTCOME_NOT_RECORDED', 'TRAIL_FORK', 'SIGNING_FAILED', 'EXECUTION_CANCELLED'];

/** Whether an error is more than the failure of one expert. */
const endsRun = ({ signal }: Pick<PatternExecution, 'signal'>, error: unknown): boolean =>
  signal.aborted ||
  !(error instanceof EatpError) ||
  error.code.startsWith('STORE_') ||
  ENDINGS.includes(error.code);

export const pattern = definePattern({
  name: 'expert_panel',
  options,
  async execute(execution) {
    const { agents, input, options, delegate, invoke } = execution;
    const [chair, ...experts] = agents;
    if (!chair || experts.length === 0)
      throw new PatternContractError("Pattern 'expert_panel' has no expert", {
        expected: 'a chair first, and at least one expert',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    for (const expert of experts) await delegate(chair, expert, { constraints: options.constraints });
    const settled = await Promise.allSettled(experts.map((expert) => invoke(expert, input)));
    const fatal = settled.find((end) => end.status === 'rejected' && endsRun(execution, end.reason));
    if (fatal?.status === 'rejected') throw fatal.reason;
    const failures = settled.flatMap((end, i) =>
      end.status === 'rejected'
        ? [
            {
              expert: experts[i]!.name,
              code: end.reason.code as string,
              reason: end.reason.message as string,
            },
          ]
        : [],
    );
    const answers = settled
      .filter((end) => end.status === 'fulfilled')
      .map((end, i) => ({ expert: experts[i]!.name, answer: end.value }));
    const first = settled.find((end) => end.status === 'rejected');
    if (answers.length === 0 && first) throw first.reason;
    const conclusion = await invoke(chair, { question: input, answers, failures });
    return { answers, failures, conclusion };
  },
});

export const setup: NonNullable<Parameters<typeof patternConformance>[1]> = {
  agents: { chair: {}, counsel: {}, auditor: {}, intern: {} },
  tolerates: { agents: ['counsel', 'auditor', 'intern'] },
};
