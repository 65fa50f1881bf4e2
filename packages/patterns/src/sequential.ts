import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { handoffCapability } from './handoff-capability.js';

const options = z.strictObject({
  /** Added to every delegation of the run. Default: none. */
  constraints: z.array(z.string()).default([]),
});

export type SequentialOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    sequential: SequentialOptions;
  }
}

/**
 * A → B → C: each agent gets what the one before it returned, under a delegation from it (plan, "Sequential
 * Pattern"). The result is what the last one returns. A line is as long as `maxDelegationDepth` allows, plus one.
 */
export const sequential = definePattern({
  name: 'sequential',
  options,
  async execute(execution) {
    const { agents, options } = execution;
    let value = execution.input;
    for (const [i, agent] of agents.entries()) {
      const previous = agents[i - 1];
      if (previous) {
        const capability = await handoffCapability(execution, previous, agent);
        await execution.delegate(previous, agent, {
          capabilities: [capability],
          constraints: options.constraints,
        });
      }
      value = await execution.invoke(agent, value);
    }
    return value;
  },
});
