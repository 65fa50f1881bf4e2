import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({ constraints: z.array(z.string()).default([]) });

/** Drops answers that are falsy, so that objections such as false, 0 or null are in neither the votes nor the count. */
export const dropsObjections = definePattern({
  name: 'ballot',
  options,
  async execute({ agents, input, options, delegate, invoke }) {
    const [leader, ...voters] = agents;
    if (!leader || voters.length === 0) {
      throw new PatternContractError("Pattern 'ballot' has no voter", {
        expected: 'a leader first, and at least one voter',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const motion = await invoke(leader, input);
    const settled = await Promise.allSettled(
      voters.map(async (voter) => {
        const delegation = await delegate(leader, voter, { constraints: options.constraints });
        return { voter: voter.name, vote: await invoke(voter, { question: input, motion }, { delegation }) };
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    const votes = settled
      .flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
      .filter((each) => each.vote);
    return { motion, votes, unanimous: votes.every((each) => each.vote !== 'no') };
  },
});
