/**
 * The pattern `round_table`. A host (the first agent) puts a question to all others, one after the other; each guest also sees
 * what the guests before it said. At the end the host sums up. For the command line, `constraints` can be given as a list or as
 * one text with commas.
 *
 * The fault (constraints): the labels of a LIST are split at commas, too. Labels have commas of their own:
 * `budget:calls=20,cost=5.5` becomes `budget:calls=20` and the meaningless `cost=5.5`; `human_approval:2:carol,dan` becomes
 * `human_approval:2:carol` and `dan`; a third party's label such as `suppliers:acme,globex` loses its tail.
 *
 * How it hurts: the caller limits a run to 5.50 of cost, the run succeeds, and the guests can spend without limit on cost. The signed
 * delegations carry other labels than those the caller asked for. Simple labels such as `read_only` work, so the fault stays unnoticed.
 */
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import type { patternConformance } from '@kaizen-eatp/testing';
import { z } from 'zod';

const labels = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((given) =>
    [given]
      .flat()
      .flatMap((text) => text.split(','))
      .map((label) => label.trim())
      .filter((label) => label !== ''),
  );

const options = z.strictObject({
  /** Constraints that are added to every delegation: a list, or a string with commas. Default: none. */
  constraints: labels,
});
type Settings = z.output<typeof options>;

@Pattern({ name: 'round_table', options, apiVersion: 1 })
export class RoundTable extends PatternExecutor<Settings> {
  async execute({ agents, input, options, delegate, invoke }: PatternExecution<Settings>): Promise<unknown> {
    const [host, ...guests] = agents;
    if (!host || guests.length === 0)
      throw new PatternContractError("Pattern 'round_table' has no guest", {
        expected: 'a host first, and at least one guest',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    const said: { guest: string; words: unknown }[] = [];
    for (const guest of guests) {
      await delegate(host, guest, { constraints: options.constraints });
      const words = await invoke(guest, { question: input, said: [...said] });
      said.push({ guest: guest.name, words });
    }
    return { said, summary: await invoke(host, { question: input, said }) };
  }
}

export const pattern = RoundTable;
export const setup: NonNullable<Parameters<typeof patternConformance>[1]> = {
  agents: { host: {}, ann: {}, ben: {} },
};
