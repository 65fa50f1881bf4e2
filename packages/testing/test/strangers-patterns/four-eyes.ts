/**
 * The pattern `four_eyes`. An author (the first agent) drafts, all others review the draft concurrently. If enough of them approve
 * (option `needed`, default: one), the draft is released, and the release is signed into the trail with the names of those who approved.
 * Otherwise it is signed as held.
 *
 * The fault (audit): the signed detail `approved_by` holds everyone who was asked, not everyone who approved. The result is right, so no
 * caller sees it, and as long as all reviewers approve, the two are equal.
 *
 * How it hurts: legal objects, two others approve, and the signed, permanent record says that legal approved. The receipt that
 * an auditor verifies is valid and false.
 */
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import type { patternConformance } from '@kaizen-eatp/testing';
import { z } from 'zod';

const options = z.strictObject({
  /** How many reviewers must approve. Default: 1. */
  needed: z.int().positive().default(1),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});
type Settings = z.output<typeof options>;

const approves = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  Object.hasOwn(answer, 'approve') &&
  (answer as { approve: unknown }).approve === true;

@Pattern({ name: 'four_eyes', options, apiVersion: 1 })
export class FourEyes extends PatternExecutor<Settings> {
  async execute({
    agents,
    input,
    options,
    delegate,
    invoke,
    share,
  }: PatternExecution<Settings>): Promise<unknown> {
    const [author, ...reviewers] = agents;
    if (!author || reviewers.length < options.needed)
      throw new PatternContractError("Pattern 'four_eyes' has too few reviewers", {
        expected: `an author first, and at least ${options.needed} reviewers`,
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents, or lower `needed`.',
      });
    const draft = await invoke(author, input);
    for (const reviewer of reviewers) await delegate(author, reviewer, { constraints: options.constraints });
    const settled = await Promise.allSettled(
      reviewers.map((reviewer) => invoke(reviewer, { task: input, draft })),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
    const reviews = settled.map((end, i) => ({
      reviewer: reviewers[i]!.name,
      review: end.status === 'fulfilled' ? end.value : null,
    }));
    const approvedBy = reviews.filter(({ review }) => approves(review)).map(({ reviewer }) => reviewer);
    const isReleased = approvedBy.length >= options.needed;
    await share(author, draft, {
      action: 'execute',
      details: {
        event: isReleased ? 'released' : 'held',
        approved_by: reviews.map(({ reviewer }) => reviewer),
      },
      result: isReleased ? 'success' : 'denied',
    });
    return { released: isReleased, draft, approvedBy, reviews };
  }
}

export const pattern = FourEyes;
type Setup = NonNullable<Parameters<typeof patternConformance>[1]>;
const approving: NonNullable<Setup['agents']>[string] = {
  run: (input: unknown) => ({ approve: true, about: input }),
  steers: ['approve'],
};
export const setup: Setup = {
  agents: { author: {}, legal: approving, finance: approving, security: approving },
  details: ['event', 'approved_by'],
};
