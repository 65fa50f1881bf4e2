import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import type { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf, numeric, oneOf, text } from './lenient.js';
import { playRole } from './play-role.js';

export const DECISIONS = ['for', 'against', 'tie'] as const;

export interface Judgement {
  readonly decision: (typeof DECISIONS)[number];
  readonly reasoning?: string | undefined;
  readonly confidence?: number | undefined;
}

/** What both sides said, all rounds together. */
export interface Case {
  readonly proponentArgument: string;
  readonly opponentArgument: string;
  readonly proponentRebuttal: string;
  readonly opponentRebuttal: string;
}

/** Role of `debate`. */
export interface Judge {
  /** @param debate - with the run's input as `topic`. */
  judge(debate: Case & { readonly topic: unknown }, context: InvocationContext): Awaitable<Judgement>;
}

const output: z.ZodType<Judgement> = fieldsOf({
  decision: oneOf(DECISIONS),
  reasoning: text,
  confidence: numeric,
});

/**
 * The judge decides. `judge({ topic, proponentArgument, opponentArgument, proponentRebuttal, opponentRebuttal })`;
 * through `run` the same in snake_case `→ decision, winner, reasoning, confidence`. The decision counts: a winner
 * that the judge names beside it is not read, so that the two cannot differ.
 */
export function judgeDebate(
  execution: PatternExecution,
  judge: AgentHandle,
  sides: Case,
): Promise<Judgement> {
  const topic = execution.input;
  return playRole(execution, judge, {
    role: 'judge',
    method: 'judge',
    input: { topic, ...sides },
    fields: () => ({
      topic: asText(topic),
      proponent_argument: sides.proponentArgument,
      opponent_argument: sides.opponentArgument,
      proponent_rebuttal: sides.proponentRebuttal,
      opponent_rebuttal: sides.opponentRebuttal,
    }),
    expected: `decision (${DECISIONS.join(', ')}), reasoning and confidence`,
    output,
  });
}
