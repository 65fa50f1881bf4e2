/*
 * BROKEN (wrong results under some circumstance): a worker's answer that is falsy (`''`, `0`, `false`, `null`) counts as "no
 * answer", and what the agent before it said stays in force.
 * HURTS: a redactor that answers `''` since nothing may be published has no effect, and the unredacted draft is the result; a
 * checker that answers `false` or `0` is overruled by the very text that it refused. Nothing in the result tells.
 * SETUP: agents: { lead: {}, first: {}, second: {} } (any names, two or more, in this order); tolerated failures: none;
 * options: none; otherOptions: { constraints: ['read_only'] } (that is then an added constraint of each worker).
 */
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** The first agent writes a draft. Each of the others receives the text of the agent before it and improves it. */
export const pattern = definePattern({
  name: 'polish_chain',
  options,
  async execute({ agents, input, options, delegate, invoke, maxDelegationDepth }) {
    const [lead, ...workers] = agents;
    if (!lead || workers.length === 0 || maxDelegationDepth < 1) {
      throw new PatternContractError("Pattern 'polish_chain' cannot start", {
        expected: 'a writer first, at least one other agent, and a delegation depth of 1',
        received: `${agents.length} agents, depth ${maxDelegationDepth}`,
        remedy: 'Give the runtime more agents, or raise maxDelegationDepth.',
      });
    }
    let text = await invoke(lead, input);
    for (const worker of workers) {
      const delegation = await delegate(lead, worker, { constraints: options.constraints });
      text = (await invoke(worker, text, { delegation })) || text;
    }
    return text;
  },
});
