import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import type { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf, text, yesNo } from './lenient.js';
import { playRole } from './play-role.js';
import type { Proposal } from './proposer.js';
import type { Vote } from './voter.js';

/** A vote, and who cast it. */
export interface CastVote extends Vote {
  /** The voter's name. */
  readonly voter: string;
}

/** The aggregator's view of the votes. */
export interface Verdict {
  /** Whether there is a consensus. False withholds it; true does not create one. */
  readonly consensusReached: boolean;
  /** The decision in words. */
  readonly finalDecision?: string | undefined;
  /** The votes in words. */
  readonly voteSummary?: string | undefined;
}

/** The input of the aggregator. */
export interface VoteCount {
  /** The votes, in the order of the voters. */
  readonly votes: readonly CastVote[];
  /** The proposal that was voted on. */
  readonly proposal: unknown;
  /** Why it was proposed. */
  readonly rationale: string | undefined;
}

/** The role of the aggregator in `consensus`. */
export interface VoteAggregator {
  /** Puts the outcome of a vote into words. */
  aggregateVotes(count: VoteCount, context: InvocationContext): Awaitable<Verdict>;
}

const output: z.ZodType<Verdict> = fieldsOf({
  consensusReached: yesNo,
  finalDecision: text,
  voteSummary: text,
});

/**
 * Asks the aggregator to sum up the votes. Method: `aggregateVotes({ votes, proposal, rationale })`. Through `run`: `votes,
 * proposal → consensus_reached, final_decision, vote_summary`, where `votes` is a JSON list.
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
