import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf, text } from './lenient.js';
import { playRole } from './play-role.js';

export interface Proposal {
  readonly proposal: unknown;
  readonly rationale?: string | undefined;
}

/** What a proposal is asked for. */
export interface ProposalRequest {
  /** The run's input. */
  readonly topic: unknown;
  readonly context: string;
}

/** Role of `consensus`. */
export interface Proposer {
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
 * The proposer proposes. `propose({ topic, context })`, where `topic` is the run's input, returns `{ proposal,
 * rationale }` or a bare text; through `run`: `topic, context → proposal, rationale`.
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
