import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf, text } from './lenient.js';
import { playRole } from './play-role.js';

/** A proposal to vote on. */
export interface Proposal {
  /** The proposal itself. */
  readonly proposal: unknown;
  /** Why it is proposed. */
  readonly rationale?: string | undefined;
}

/** The input of the proposer. */
export interface ProposalRequest {
  /** The run's input. */
  readonly topic: unknown;
  /** The option `context`. */
  readonly context: string;
}

/** The role of the proposer in `consensus`. */
export interface Proposer {
  /** Makes a proposal. @returns the proposal, with or without a rationale. */
  propose(request: ProposalRequest, context: InvocationContext): Awaitable<Proposal | string>;
}

const isThere = z.custom<NonNullable<unknown>>(
  (value) => value !== undefined && value !== null,
  'is missing',
);

const output = z.union([
  fieldsOf({ proposal: isThere, rationale: text }),
  z
    .string()
    .min(1)
    .transform((proposal) => ({ proposal, rationale: undefined })),
]);

/**
 * Asks the proposer for a proposal. Method: `propose({ topic, context })`, which returns `{ proposal, rationale }` or a
 * string. Through `run`: `topic, context → proposal, rationale`.
 */
export function propose(
  execution: PatternExecution,
  proposer: AgentHandle,
  context: string,
): Promise<Proposal> {
  const topic = execution.input;
  const input: ProposalRequest = { topic, context };
  return playRole(execution, proposer, {
    role: 'proposer',
    method: 'propose',
    input,
    fields: () => ({ topic: asText(topic), context }),
    expected: 'proposal and rationale',
    output,
  });
}
