import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf } from './lenient.js';
import { playRole } from './play-role.js';

export type Position = 'for' | 'against';

/** What a debater is to speak for. */
export interface Brief {
  /** The run's input. */
  readonly topic: unknown;
  readonly position: Position;
  /** What was said in earlier rounds, as JSON; empty in the first. */
  readonly context: string;
}

/** What a debater is to answer. */
export interface Challenge {
  /** The run's input. */
  readonly topic: unknown;
  readonly originalPosition: Position;
  readonly opponentArgument: string;
}

/** Role of `debate`: both methods, or neither. */
export interface Debater {
  argue(
    brief: Brief,
    context: InvocationContext,
  ): Awaitable<string | { readonly argument: unknown; readonly keyPoints?: unknown }>;
  rebut(
    challenge: Challenge,
    context: InvocationContext,
  ): Awaitable<string | { readonly rebuttal: unknown; readonly counterpoints?: unknown }>;
}

/** What a debater said; beside the text, whatever else it gave (key points, evidence, strength …). */
export interface Speech {
  readonly text: string;
  readonly points: unknown;
}

const spoken = z.preprocess((value) => (value === undefined ? value : asText(value)), z.string().min(1));
const bare = z.string().min(1);

const argument: z.ZodType<Speech> = z.union([
  fieldsOf({ argument: spoken, keyPoints: z.unknown().optional() }).transform((said) => ({
    text: said.argument,
    points: said.keyPoints,
  })),
  bare.transform((said) => ({ text: said, points: undefined })),
]);

const rebuttal: z.ZodType<Speech> = z.union([
  fieldsOf({ rebuttal: spoken, counterpoints: z.unknown().optional() }).transform((said) => ({
    text: said.rebuttal,
    points: said.counterpoints,
  })),
  bare.transform((said) => ({ text: said, points: undefined })),
]);

/**
 * A debater makes its case. `argue({ topic, position, context })`; through `run`: `topic, position, context →
 * argument, key_points, evidence`. The context is what was said in earlier rounds.
 */
export function argue(
  execution: PatternExecution,
  debater: AgentHandle,
  { position, context }: { readonly position: Position; readonly context: string },
  options: InvokeOptions,
): Promise<Speech> {
  const topic = execution.input;
  const act = { role: `debater ${position}`, method: 'argue', expected: 'argument', output: argument };
  const input: Brief = { topic, position, context };
  const fields = () => ({ topic: asText(topic), position, context });
  return playRole(execution, debater, { ...act, input, fields }, options);
}

/**
 * A debater answers the other. `rebut({ topic, originalPosition, opponentArgument })`; through `run`:
 * `opponent_argument, original_position, topic → rebuttal, counterpoints, strength`.
 */
export function rebut(
  execution: PatternExecution,
  debater: AgentHandle,
  { position, opponentArgument }: { readonly position: Position; readonly opponentArgument: string },
  options: InvokeOptions,
): Promise<Speech> {
  const topic = execution.input;
  const act = { role: `debater ${position}`, method: 'rebut', expected: 'rebuttal', output: rebuttal };
  const input: Challenge = { topic, originalPosition: position, opponentArgument };
  const fields = () => ({
    topic: asText(topic),
    original_position: position,
    opponent_argument: opponentArgument,
  });
  return playRole(execution, debater, { ...act, input, fields }, options);
}
