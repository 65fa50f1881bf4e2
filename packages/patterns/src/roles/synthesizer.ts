import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Failure } from '../failure.js';
import { asText } from './lenient.js';
import { playRole } from './play-role.js';

/** What an expert said, and what it is an expert of. */
export interface ExpertResult {
  readonly expertId: string;
  readonly result: unknown;
  readonly capabilities: readonly string[];
}

/** What a synthesizer makes its answer of. */
export interface Opinions {
  /** The run's. */
  readonly input: unknown;
  readonly results: readonly ExpertResult[];
  readonly failures: readonly Failure[];
}

/** Role of `ensemble`. */
export interface Synthesizer {
  synthesize(opinions: Opinions, context: InvocationContext): unknown;
}

/**
 * The synthesizer makes one answer of many. `synthesize({ input, results, failures })`; through `run`: `task,
 * perspectives, failures`, the last two JSON lists. Whatever it returns is the result.
 */
export function synthesizeResults(
  execution: PatternExecution,
  synthesizer: AgentHandle,
  results: readonly ExpertResult[],
  failures: readonly Failure[],
): Promise<unknown> {
  const { input } = execution;
  const perspectives = results.map(({ expertId, result, capabilities }) => ({
    expert_id: expertId,
    result,
    capabilities,
  }));
  const opinions: Opinions = { input, results, failures };
  return playRole(execution, synthesizer, {
    role: 'synthesizer',
    method: 'synthesize',
    input: opinions,
    fields() {
      return {
        task: asText(input),
        perspectives: JSON.stringify(perspectives),
        failures: JSON.stringify(failures),
      };
    },
    expected: 'anything',
    output: z.unknown(),
  });
}
