import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { chooseAgent, expectAgents } from './choose-agent.js';
import { givableOrOwnJob } from './givable.js';
import { routeInput } from './roles/router.js';
import { selectCapable } from './select-capable.js';

const options = z.strictObject({
  /** The router, by name. Default: the first called so, else the first with `route`, else the first. */
  router: z.string().optional(),
  /** Added to the delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

export type RouterOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    router: RouterOptions;
  }
}

/**
 * Route → the first agent that holds and verifies for the capability that the router names (plan, "Router Pattern").
 * It gets the run's input as it came, under a delegation of that capability; of `execute` if the router may not hand
 * the capability on, and then the agent acts by a right of its own. Either way the capability is what is verified.
 *
 * @throws NoCapableAgentError with every agent considered and its reason.
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
