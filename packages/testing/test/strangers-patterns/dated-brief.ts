/*
 * BROKEN (bad durability): the date that each agent receives comes from the clock of the process (`new Date()`), not from
 * `execution.now()`. It has no time of day, so two executions on the same day agree.
 * HURTS: a durable run that waits overnight, or whose worker dies shortly before midnight, requests other steps when it is
 * executed again than those that were recorded, in one night of many and never in a test. Where `now()` tells another time than
 * the clock of the process, the agents are also told another day than the run has.
 * SETUP: agents: { lead: {}, first: {}, second: {} } (one leader first, one or more workers); tolerated failures: none;
 * options: none; otherOptions: { constraints: ['read_only'] } (that is then an added constraint of each worker). It does not
 * declare `durable: false`. The fault shows if the process that resumes a run has another date.
 */
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** The first agent writes a brief as of today. Each of the others, one after the other, adds to it as of the same day. */
export const pattern = definePattern({
  name: 'dated_brief',
  options,
  async execute({ agents, input, options, delegate, invoke }) {
    const [lead, ...workers] = agents;
    if (!lead || workers.length === 0) {
      throw new PatternContractError("Pattern 'dated_brief' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const asOf = new Date().toISOString().slice(0, 10);
    let brief = await invoke(lead, { task: input, asOf });
    for (const worker of workers) {
      const delegation = await delegate(lead, worker, { constraints: options.constraints });
      brief = await invoke(worker, { brief, asOf }, { delegation });
    }
    return brief;
  },
});
