import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { expectDepth } from './expect-depth.js';
import { expectReceivers, handoffOptions, handoffTo } from './handoff-options.js';

const options = z.strictObject(handoffOptions);

/** Options of `sequential`. */
export type SequentialOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    sequential: SequentialOptions;
  }
  interface PatternResults {
    /** The output of the last agent. */
    sequential: unknown;
  }
}

/**
 * A → B → C: each agent receives the output of the agent before it, under a delegation from that agent. The result is
 * the output of the last agent. A line has at most `maxDelegationDepth` + 1 agents.
 *
 * @throws DelegationError `DELEGATION_DEPTH_EXCEEDED` for a longer line, PatternContractError for `capabilities` of an
 * agent that is delegated nothing; both before the first agent acts.
 */
export const sequential = definePattern({
  name: 'sequential',
  options,
  async execute(execution) {
    const { agents, options } = execution;
    expectDepth(execution, 'sequential', agents.length - 1);
    expectReceivers('sequential', agents.slice(1), options);
    let value = execution.input;
    for (const [i, agent] of agents.entries()) {
      const previous = agents[i - 1];
      if (previous) await execution.delegate(previous, agent, handoffTo(agent, options));
      value = await execution.invoke(agent, value);
    }
    return value;
  },
});
