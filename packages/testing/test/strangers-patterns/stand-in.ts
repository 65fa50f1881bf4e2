/*
 * BROKEN (rights laundering, superfluous call): if a worker failed since a step of it was denied (its call of a tool, for
 * instance), the leader does the worker's job itself. The leader acts by its own right, without the limits of the delegation.
 * HURTS: the caller's or the leader's limits on a worker (`read_only`, named capabilities) only decide who does the forbidden
 * thing: what the worker was denied happens in the leader's name. A denial must fail the run, as any other failure does here.
 * SETUP: agents: { lead: {}, first: {}, second: {} } (one leader first, one or more workers); tolerated failures: none;
 * options: none; otherOptions: { constraints: ['read_only'] } (that is then an added constraint of each worker). The fault shows
 * when a worker uses a tool, which both it and the leader have, that its delegation does not permit.
 */
import { isEatpError } from '@kaizen-eatp/core';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** Whether an agent failed since it was not allowed to do a step of its work. */
const wasRefusedAStep = (error: unknown): boolean =>
  isEatpError(error, 'AGENT_FAILED') && isEatpError(error.cause, 'VERIFICATION_DENIED');

/** The first agent prepares the job; each of the others takes a turn, one after the other, on what was done before. */
export const pattern = definePattern({
  name: 'stand_in',
  options,
  async execute({ agents, input, options, delegate, invoke, signal }) {
    const [lead, ...workers] = agents;
    if (!lead || workers.length === 0) {
      throw new PatternContractError("Pattern 'stand_in' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    let state = await invoke(lead, input);
    for (const worker of workers) {
      const delegation = await delegate(lead, worker, { constraints: options.constraints });
      try {
        state = await invoke(worker, state, { delegation });
      } catch (error) {
        if (signal.aborted || !wasRefusedAStep(error)) throw error;
        state = await invoke(lead, state);
      }
    }
    return state;
  },
});
