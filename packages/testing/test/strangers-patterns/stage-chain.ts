/**
 * The pattern `stage_chain`. Each agent works on the output of the one before it, under a delegation from that agent, so that limits add
 * up along the chain. An option adds limits for all that comes after a stage: `limitsAfter: { draft: ['read_only'] }`.
 *
 * The fault (delegation misuse): when a stage's own delegation to the next stage is refused (it works under `no_delegation`, or the chain is as
 * deep as is allowed), the pattern does not fail but delegates from the first agent, "which certainly can". The new delegation
 * has the caller's `constraints`, but none of the limits that had added up, neither the stage's own nor those of `limitsAfter`.
 *
 * How it hurts: an authority gave a stage `no_delegation` so that nothing goes on from there, or a caller set `read_only` behind `draft`;
 * the run succeeds, the next agent acts with the full rights of the first, and the value still passed through the stage that was not to delegate.
 */
import { isEatpError } from '@kaizen-eatp/core';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, type DelegationGrant, definePattern } from '@kaizen-eatp/core/plugin';
import type { patternConformance } from '@kaizen-eatp/testing';
import { z } from 'zod';

const options = z.strictObject({
  /** Limits for all stages after the named one. Default: none. */
  limitsAfter: z.record(z.string(), z.array(z.string())).default({}),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

export const pattern = definePattern({
  name: 'stage_chain',
  options,
  async execute({ agents, input, options, delegate, invoke }) {
    const first = agents[0]!;
    const unknown = Object.keys(options.limitsAfter).find(
      (name) => !agents.some((agent) => agent.name === name),
    );
    if (unknown !== undefined)
      throw new PatternContractError(`Pattern 'stage_chain' has no stage '${unknown}'`, {
        expected: agents.map((agent) => agent.name).join(', '),
        received: `'${unknown}'`,
        remedy: 'Correct the name in `limitsAfter`.',
      });
    const handOn = async (from: AgentHandle, to: AgentHandle): Promise<DelegationGrant> => {
      const limits = Object.hasOwn(options.limitsAfter, from.name) ? options.limitsAfter[from.name]! : [];
      try {
        return await delegate(from, to, { constraints: [...options.constraints, ...limits] });
      } catch (error) {
        const isRefused =
          isEatpError(error, 'DELEGATION_REFUSED') || isEatpError(error, 'DELEGATION_DEPTH_EXCEEDED');
        if (!isRefused || from === first) throw error;
        return await delegate(first, to, { constraints: options.constraints });
      }
    };
    let value = input;
    for (const [i, agent] of agents.entries()) {
      const before = agents[i - 1];
      const delegation = before && (await handOn(before, agent));
      value = await invoke(agent, value, { ...(delegation && { delegation }) });
    }
    return value;
  },
});

export const setup: NonNullable<Parameters<typeof patternConformance>[1]> = {
  agents: { collect: {}, draft: {}, publish: {} },
};
