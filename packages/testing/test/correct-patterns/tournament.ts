import { DelegationError, PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

interface Entry {
  readonly contestant: string;
  readonly entry: unknown;
}

interface Match {
  readonly round: number;
  readonly between: readonly [string, string];
  readonly verdict: unknown;
  readonly decided: boolean;
  readonly winner: string;
}

interface TournamentResult {
  readonly winner: Entry;
  readonly entries: readonly Entry[];
  readonly matches: readonly Match[];
}

/**
 * A knockout tournament: the first agent is the judge, all others submit an entry concurrently, the order is drawn with random
 * numbers of the execution, and the judge is asked once for each match.
 */
export const tournament = definePattern({
  name: 'tournament',
  options,
  async execute(execution): Promise<TournamentResult> {
    const { agents, input, options, maxDelegationDepth } = execution;
    const [judge, ...contestants] = agents;
    if (!judge || contestants.length < 2) {
      throw new PatternContractError("Pattern 'tournament' has too few contestants", {
        expected: 'a judge first, and at least two contestants',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    if (maxDelegationDepth < 1) {
      throw new DelegationError('DELEGATION_DEPTH_EXCEEDED', "Pattern 'tournament' would delegate too deep", {
        expected: `at most ${maxDelegationDepth} delegations one under another`,
        received: '1',
        remedy: 'Raise maxDelegationDepth of the TrustOperations. No agent has acted.',
      });
    }

    const settled = await Promise.allSettled(
      contestants.map(async (contestant): Promise<Entry> => {
        const delegation = await execution.delegate(judge, contestant, { constraints: options.constraints });
        return {
          contestant: contestant.name,
          entry: await execution.invoke(contestant, input, { delegation }),
        };
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    const entries = settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));

    // The draw: Fisher–Yates with random numbers that a durable run records.
    let field = [...entries];
    for (let i = field.length - 1; i > 0; i--) {
      const j = Math.floor((await execution.random()) * (i + 1));
      [field[i], field[j]] = [field[j]!, field[i]!];
    }

    const matches: Match[] = [];
    for (let round = 1; field.length > 1; round++) {
      const next: Entry[] = field.length % 2 === 1 ? [field.at(-1)!] : [];
      for (let i = 0; i + 1 < field.length; i += 2) {
        const pair: readonly [Entry, Entry] = [field[i]!, field[i + 1]!];
        const verdict = await execution.invoke(judge, { question: input, round, entries: pair });
        const named = pair.find(({ contestant }) => contestant === winnerOf(verdict));
        const winner = named ?? pair[0];
        next.push(winner);
        matches.push({
          round,
          between: [pair[0].contestant, pair[1].contestant],
          verdict,
          decided: named !== undefined,
          winner: winner.contestant,
        });
      }
      field = next;
    }
    return { winner: field[0]!, entries, matches };
  },
});

function winnerOf(verdict: unknown): unknown {
  return typeof verdict === 'object' && verdict !== null && 'winner' in verdict ? verdict.winner : verdict;
}
