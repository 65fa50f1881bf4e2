import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import type { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf, numeric, oneOf, text } from './lenient.js';
import { playRole } from './play-role.js';
import type { Proposal } from './proposer.js';

/** The votes that a voter can cast. */
export const VOTES = ['approve', 'reject', 'abstain'] as const;

/** A vote. */
export interface Vote {
  /** The vote itself. */
  readonly vote: (typeof VOTES)[number];
  /** The voter's reason. */
  readonly reasoning?: string | undefined;
  /** How sure the voter is, on the voter's own scale. It does not change the weight of the vote. */
  readonly confidence?: number | undefined;
}

/** The input of a voter. */
export interface Ballot {
  /** The proposal to vote on. */
  readonly proposal: unknown;
  /** Why it is proposed. */
  readonly rationale: string | undefined;
  /** The voter's name and capabilities. */
  readonly voterPerspective: string;
}

/** The role of a voter in `consensus`. */
export interface Voter {
  /** Votes on a proposal. */
  vote(ballot: Ballot, context: InvocationContext): Awaitable<Vote>;
}

const output: z.ZodType<Vote> = fieldsOf({ vote: oneOf(VOTES), reasoning: text, confidence: numeric });

/**
 * Asks a voter for its vote. Method: `vote({ proposal, rationale, voterPerspective })`. Through `run`: `proposal,
 * voter_perspective → vote, reasoning, confidence`. The perspective holds the voter's name and capabilities.
 */
export function castVote(
  execution: PatternExecution,
  voter: AgentHandle,
  { proposal, rationale }: Proposal,
  options: InvokeOptions,
): Promise<Vote> {
  const { name, capabilities } = voter;
  const voterPerspective = capabilities.length > 0 ? `${name} (${capabilities.join(', ')})` : name;
  const input: Ballot = { proposal, rationale, voterPerspective };
  return playRole(
    execution,
    voter,
    {
      role: 'voter',
      method: 'vote',
      input,
      fields: () => ({ proposal: asText(proposal), voter_perspective: voterPerspective }),
      expected: `vote (${VOTES.join(', ')}), reasoning and confidence`,
      output,
    },
    options,
  );
}
