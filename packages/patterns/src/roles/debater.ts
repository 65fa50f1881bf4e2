import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf } from './lenient.js';
import { playRole } from './play-role.js';

/** The side of a debater. */
export type Position = 'for' | 'against';

/** The input of a debater that argues. */
export interface Brief {
  /** The run's input. */
  readonly topic: unknown;
  /** The side to argue for. */
  readonly position: Position;
  /** The earlier rounds as JSON; empty in the first round. */
  readonly context: string;
}

/** The input of a debater that rebuts. */
export interface Challenge {
  /** The run's input. */
  readonly topic: unknown;
  /** The debater's own side. */
  readonly originalPosition: Position;
  /** The argument to rebut. */
  readonly opponentArgument: string;
}

/** The role of a debater in `debate`. An agent has both methods, or neither. */
export interface Debater {
  /** Argues for a side. */
  argue(
    brief: Brief,
    context: InvocationContext,
  ): Awaitable<string | { readonly argument: unknown; readonly keyPoints?: unknown }>;
  /** Rebuts the argument of the other side. */
  rebut(
    challenge: Challenge,
    context: InvocationContext,
  ): Awaitable<string | { readonly rebuttal: unknown; readonly counterpoints?: unknown }>;
}

/** The speech of a debater. */
export interface Speech {
  /** The argument or rebuttal. */
  readonly text: string;
  /** The key points or counterpoints, if the debater listed any. */
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
 * Asks a debater for its argument. Method: `argue({ topic, position, context })`. Through `run`: `topic, position, context →
 * argument, key_points, evidence`. The context holds the earlier rounds.
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
 * Asks a debater for its rebuttal. Method: `rebut({ topic, originalPosition, opponentArgument })`. Through `run`:
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
