import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import type { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf, numeric, oneOf, text } from './lenient.js';
import { playRole } from './play-role.js';
import type { Proposal } from './proposer.js';

export const VOTES = ['approve', 'reject', 'abstain'] as const;

export interface Vote {
  readonly vote: (typeof VOTES)[number];
  readonly reasoning?: string | undefined;
  /** As the voter puts it; no scale is assumed, and it does not weigh. */
  readonly confidence?: number | undefined;
}

/** What a voter votes on. */
export interface Ballot {
  readonly proposal: unknown;
  readonly rationale: string | undefined;
  /** The voter's name and what it is capable of. */
  readonly voterPerspective: string;
}

/** Role of `consensus`. */
export interface Voter {
  vote(ballot: Ballot, context: InvocationContext): Awaitable<Vote>;
}

const output: z.ZodType<Vote> = fieldsOf({ vote: oneOf(VOTES), reasoning: text, confidence: numeric });

/**
 * A voter votes. `vote({ proposal, rationale, voterPerspective })`; through `run`: `proposal, voter_perspective →
 * vote, reasoning, confidence`. The perspective is the voter's name and what it is capable of.
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
