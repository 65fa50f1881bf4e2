import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core';
import { z } from 'zod';
import { asText, fieldsOf, text } from './lenient.js';
import { playRole } from './play-role.js';

export interface Proposal {
  readonly proposal: unknown;
  readonly rationale?: string | undefined;
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
  const { input } = execution;
  return playRole(execution, proposer, {
    role: 'proposer',
    method: 'propose',
    input: { topic: input, context },
    fields: { topic: asText(input), context },
    expected: 'proposal and rationale',
    output,
  });
}
