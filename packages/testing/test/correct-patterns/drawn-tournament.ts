/**
 * The pattern `drawn_tournament`. Correct, but unlike the shipped patterns. A referee (the first agent) leads. All others hand in an entry
 * concurrently. The pairs are drawn by lot, with the random numbers of the execution, and the referee decides match after match who goes on, until one
 * is left. The result has the champion, every entry and every match with the referee's own words. An invalid decision fails the run.
 *
 * No fault. Peculiar: the number of calls of the referee depends on the number of entrants, an answer chooses (`winner`), progress
 * is reported after each match, and one failing entrant fails the run, once all have ended.
 */
import { PatternContractError, RoleOutputError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import type { patternConformance } from '@kaizen-eatp/testing';
import { z } from 'zod';

const options = z.strictObject({
  /** Whether the pairs are drawn by lot. Otherwise they are in the order of the agents. Default: true. */
  drawn: z.boolean().default(true),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});
type Settings = z.output<typeof options>;

interface Entry {
  readonly entrant: string;
  readonly entry: unknown;
}

interface Match {
  readonly left: string;
  readonly right: string;
  readonly winner: string;
  readonly verdict: unknown;
}

@Pattern({ name: 'drawn_tournament', options, apiVersion: 1 })
export class DrawnTournament extends PatternExecutor<Settings> {
  async execute(execution: PatternExecution<Settings>): Promise<unknown> {
    const { agents, input, options, delegate, invoke, report } = execution;
    const [referee, ...entrants] = agents;
    if (!referee || entrants.length < 2)
      throw new PatternContractError("Pattern 'drawn_tournament' has too few entrants", {
        expected: 'a referee first, and at least two entrants',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    for (const entrant of entrants) await delegate(referee, entrant, { constraints: options.constraints });
    const settled = await Promise.allSettled(entrants.map((entrant) => invoke(entrant, input)));
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
    const entries = settled.map(
      (end, i): Entry => ({
        entrant: entrants[i]!.name,
        entry: end.status === 'fulfilled' ? end.value : null,
      }),
    );
    const matches: Match[] = [];
    let left = options.drawn ? await shuffled(execution, entries) : entries;
    while (left.length > 1) {
      const [a, b, ...rest] = left as [Entry, Entry, ...Entry[]];
      const verdict = await invoke(referee, { task: input, left: a.entry, right: b.entry });
      const winner = sideOf(referee, verdict) === 'left' ? a : b;
      matches.push({ left: a.entrant, right: b.entrant, winner: winner.entrant, verdict });
      report({ matches: matches.length, of: entrants.length - 1 });
      left = [...rest, winner];
    }
    return { champion: left[0], entries, matches };
  }
}

/** Draws an order: each one is equally likely. */
async function shuffled(
  { random }: Pick<PatternExecution, 'random'>,
  entries: readonly Entry[],
): Promise<Entry[]> {
  const order = [...entries];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor((await random()) * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

function sideOf(referee: AgentHandle, verdict: unknown): 'left' | 'right' {
  const winner =
    typeof verdict === 'object' && verdict !== null && Object.hasOwn(verdict, 'winner')
      ? (verdict as { winner: unknown }).winner
      : undefined;
  if (winner === 'left' || winner === 'right') return winner;
  throw new RoleOutputError(
    referee.name,
    'referee',
    "an object with `winner`: 'left' or 'right'",
    'no such field',
  );
}

export const pattern = DrawnTournament;
export const setup: NonNullable<Parameters<typeof patternConformance>[1]> = {
  agents: {
    referee: {
      run: (input: unknown) => ({ winner: 'right', because: input }),
      calls: 2,
      steers: ['winner'],
    },
    ann: {},
    ben: {},
    cleo: {},
  },
};
