import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { chooseAgent, expectAgents } from './choose-agent.js';
import { expectDepth } from './expect-depth.js';
import { givableOrOwnJob } from './givable.js';
import { routeInput } from './roles/router.js';
import { selectCapable } from './select-capable.js';

const options = z.strictObject({
  /**
   * The name of the router. Default: the first agent whose name contains "router", else the first with a method `route`,
   * else the first.
   */
  router: z.string().optional(),
  /** Constraints that are added to the delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** Options of `router`. */
export type RouterOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    router: RouterOptions;
  }
  interface PatternResults {
    /** The output of the selected agent. */
    router: unknown;
  }
}

/**
 * Route → the first agent that holds and verifies for the capability that the router names. The agent receives the
 * run's input unchanged, under a delegation of that capability. Where the router cannot give the capability, it
 * delegates `execute`, and the agent acts by its own right. The capability is verified either way.
 *
 * @throws NoCapableAgentError with every agent that was considered, and why it was not chosen.
 */
export const router = definePattern({
  name: 'router',
  options,
  async execute(execution) {
    const { agents, options, input } = execution;
    const choice = { name: options.router, word: 'router', method: 'route' };
    const leader = chooseAgent(agents, choice) ?? agents[0]!;
    const candidates = agents.filter((agent) => agent !== leader);
    expectAgents('router', 'candidate', candidates);
    expectDepth(execution, 'router', 1);
    const held = [...new Set(candidates.flatMap((agent) => agent.capabilities))];
    const capability = await routeInput(execution, leader, held);
    const selected = await selectCapable(execution, candidates, capability);
    const delegation = await execution.delegate(leader, selected, {
      capabilities: await givableOrOwnJob(execution, leader, [capability]),
      constraints: options.constraints,
    });
    return execution.invoke(selected, input, { delegation, action: capability });
  },
});
