import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({ constraints: z.array(z.string()).default([]) });

/**
 * Collects reviews in the order of their arrival, and labels them with the names of the reviewers by place: right only as long as
 * the reviewers answer in the order in which they were asked.
 */
export const labelsByArrival = definePattern({
  name: 'labelled_reviews',
  options,
  async execute({ agents, input, options, delegate, invoke }) {
    const [leader, ...reviewers] = agents;
    if (!leader || reviewers.length === 0) {
      throw new PatternContractError("Pattern 'labelled_reviews' has no reviewer", {
        expected: 'a leader first, and at least one reviewer',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const answer = await invoke(leader, input);
    const reviews: unknown[] = [];
    const settled = await Promise.allSettled(
      reviewers.map(async (reviewer) => {
        const delegation = await delegate(leader, reviewer, { constraints: options.constraints });
        reviews.push(await invoke(reviewer, { question: input, answer }, { delegation }));
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return { answer, reviews: reviewers.map(({ name }, i) => ({ reviewer: name, review: reviews[i] })) };
  },
});
