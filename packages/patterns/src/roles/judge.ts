import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import type { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf, numeric, oneOf, text } from './lenient.js';
import { playRole } from './play-role.js';

/** The decisions that a judge can make. */
export const DECISIONS = ['for', 'against', 'tie'] as const;

/** The decision of a judge. */
export interface Judgement {
  /** The side that won, or `tie`. */
  readonly decision: (typeof DECISIONS)[number];
  /** The judge's reason. */
  readonly reasoning?: string | undefined;
  /** How sure the judge is, on the judge's own scale. */
  readonly confidence?: number | undefined;
}

/** The speeches of both sides, all rounds together. */
export interface Case {
  /** The arguments of the proponent. */
  readonly proponentArgument: string;
  /** The arguments of the opponent. */
  readonly opponentArgument: string;
  /** The rebuttals of the proponent. */
  readonly proponentRebuttal: string;
  /** The rebuttals of the opponent. */
  readonly opponentRebuttal: string;
}

/** The role of the judge in `debate`. */
export interface Judge {
  /** Decides the debate. @param debate - the speeches, with the run's input as `topic`. */
  judge(debate: Case & { readonly topic: unknown }, context: InvocationContext): Awaitable<Judgement>;
}

const output: z.ZodType<Judgement> = fieldsOf({
  decision: oneOf(DECISIONS),
  reasoning: text,
  confidence: numeric,
});

/**
 * Asks the judge for its decision. Method: `judge({ topic, proponentArgument, opponentArgument, proponentRebuttal,
 * opponentRebuttal })`. Through `run`: the same fields in snake_case `→ decision, winner, reasoning, confidence`. The
 * winner follows from the decision: the field `winner` is ignored, so that the two cannot differ.
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
