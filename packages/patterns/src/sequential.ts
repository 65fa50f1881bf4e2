import { definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { expectDepth, handoffOptions, handoffTo } from './handoff-options.js';

const options = z.strictObject(handoffOptions);

/** Options of `sequential`. */
export type SequentialOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    sequential: SequentialOptions;
  }
}

/**
 * A → B → C: each agent gets what the one before it returned, under a delegation from it (plan, "Sequential
 * Pattern"). The result is what the last one returns. A line is as long as `maxDelegationDepth` allows, plus one.
 *
 * @throws DelegationError `DELEGATION_DEPTH_EXCEEDED` before the first agent acts, for a longer line.
 */
export const sequential = definePattern({
  name: 'sequential',
  options,
  async execute(execution) {
    const { agents, options } = execution;
    expectDepth(execution as PatternExecution<never>, 'sequential', agents.length - 1);
    let value = execution.input;
    for (const [i, agent] of agents.entries()) {
      const previous = agents[i - 1];
      if (previous) await execution.delegate(previous, agent, handoffTo(agent.name, options));
      value = await execution.invoke(agent, value);
    }
    return value;
  },
});
