/*
 * BROKEN (too wide rights): if a delegation cannot be made at the first attempt, for whatever reason (a capability
 * that the leader cannot give, a refused label, a store or a signer that fails once), the second attempt leaves the caller's constraints and
 * capabilities out.
 * HURTS: a caller who asked for `read_only` reviewers, or for reviewers with one capability, gets unlimited ones, exactly when
 * something is wrong; the run succeeds.
 * SETUP: agents: { lead: {}, first: {}, second: {} } (one leader first, one or more workers); tolerated failures: none;
 * options: none; otherOptions: { constraints: ['read_only'] } (that is then an added constraint of each worker).
 */
import { EatpError } from '@kaizen-eatp/core';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import {
  type AgentHandle,
  type DelegationGrant,
  Pattern,
  type PatternExecution,
  PatternExecutor,
} from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** The capabilities that each reviewer is delegated. Default: all that fits. */
  capabilities: z.array(z.string()).min(1).optional(),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});
type Settings = z.output<typeof options>;

/** The first agent answers. The others review the answer concurrently, under the limits of the options. */
export class LimitedReview extends PatternExecutor<Settings> {
  async execute(execution: PatternExecution<Settings>): Promise<unknown> {
    const { agents, input, invoke } = execution;
    const [lead, ...reviewers] = agents;
    if (!lead || reviewers.length === 0) {
      throw new PatternContractError("Pattern 'limited_review' has no reviewer", {
        expected: 'an author first, and at least one reviewer',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const answer = await invoke(lead, input);
    const grants: DelegationGrant[] = [];
    for (const reviewer of reviewers) grants.push(await grant(execution, lead, reviewer));
    const settled = await Promise.allSettled(
      reviewers.map(async (reviewer, i) => ({
        reviewer: reviewer.name,
        review: await invoke(reviewer, { question: input, answer }, { delegation: grants[i]! }),
      })),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return { answer, reviews: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])) };
  }
}

/** Delegates; once more after an error that may be gone by then. */
async function grant(
  { delegate, options, signal }: PatternExecution<Settings>,
  from: AgentHandle,
  to: AgentHandle,
): Promise<DelegationGrant> {
  const { capabilities, constraints } = options;
  try {
    return await delegate(from, to, { ...(capabilities && { capabilities }), constraints });
  } catch (error) {
    if (signal.aborted || !(error instanceof EatpError)) throw error;
    return delegate(from, to);
  }
}

Pattern({ name: 'limited_review', options, apiVersion: 1 })(LimitedReview);

export const pattern = LimitedReview;
