import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import type { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf, text, yesNo } from './lenient.js';
import { playRole } from './play-role.js';
import type { Proposal } from './proposer.js';
import type { Vote } from './voter.js';

export interface CastVote extends Vote {
  readonly voter: string;
}

export interface Verdict {
  readonly consensusReached: boolean;
  readonly finalDecision?: string | undefined;
  readonly voteSummary?: string | undefined;
}

/** What came of a vote. */
export interface VoteCount {
  readonly votes: readonly CastVote[];
  readonly proposal: unknown;
  readonly rationale: string | undefined;
}

/** Role of `consensus`. */
export interface VoteAggregator {
  aggregateVotes(count: VoteCount, context: InvocationContext): Awaitable<Verdict>;
}

const output: z.ZodType<Verdict> = fieldsOf({
  consensusReached: yesNo,
  finalDecision: text,
  voteSummary: text,
});

/**
 * The aggregator sums the votes up. `aggregateVotes({ votes, proposal, rationale })`; through `run`: `votes` (a JSON
 * list)`, proposal → consensus_reached, final_decision, vote_summary`.
 */
export function aggregateVotes(
  execution: PatternExecution,
  aggregator: AgentHandle,
  votes: readonly CastVote[],
  { proposal, rationale }: Proposal,
  options: InvokeOptions,
): Promise<Verdict> {
  const input: VoteCount = { votes, proposal, rationale };
  return playRole(
    execution,
    aggregator,
    {
      role: 'aggregator',
      method: 'aggregateVotes',
      input,
      fields: () => ({ votes: JSON.stringify(votes), proposal: asText(proposal) }),
      expected: 'consensusReached (yes, no), finalDecision and voteSummary',
      output,
    },
    options,
  );
}
