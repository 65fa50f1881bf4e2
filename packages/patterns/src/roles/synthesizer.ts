import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Failure } from '../failure.js';
import { asText } from './lenient.js';
import { playRole } from './play-role.js';

/** The result of one expert. */
export interface ExpertResult {
  /** The expert's id. */
  readonly expertId: string;
  /** The expert's output. */
  readonly result: unknown;
  /** The expert's own capabilities. */
  readonly capabilities: readonly string[];
}

/** The input of the synthesizer. */
export interface Opinions {
  /** The run's input. */
  readonly input: unknown;
  /** The results, in the order of the experts. */
  readonly results: readonly ExpertResult[];
  /** Why experts gave no result. */
  readonly failures: readonly Failure[];
}

/** The role of the synthesizer in `ensemble`. */
export interface Synthesizer {
  /** Combines the experts' results. @returns the result of the run. */
  synthesize(opinions: Opinions, context: InvocationContext): unknown;
}

/**
 * Asks the synthesizer to combine the results. Method: `synthesize({ input, results, failures })`. Through `run`: `task,
 * perspectives, failures`, where the last two are JSON lists. The synthesizer's output is the result of the run.
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
