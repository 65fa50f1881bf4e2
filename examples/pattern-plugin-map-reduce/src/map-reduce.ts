import { InvalidArgumentError, PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { chunksOf } from './chunks.js';

const options = z.strictObject({
  /** How many items of the input a mapper receives at a time. */
  chunk: z.int().positive(),
  /** The capability that each mapper is delegated. Default: every capability of the mapper that the reducer can give. */
  capability: z.string().min(1).optional(),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** The options as a caller writes them. */
export type MapReduceOptions = z.input<typeof options>;
/** The options as the pattern receives them, with defaults filled in. */
type Settings = z.output<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    map_reduce: MapReduceOptions;
  }
  interface PatternResults {
    /** The output of the reducer. */
    map_reduce: unknown;
  }
}

/**
 * Splits the input, a list, into chunks for the mappers. The reducer receives their outputs in the order of the input. The
 * first agent reduces and delegates to all others, which map. The mappers work concurrently; each works on one chunk at a
 * time.
 *
 * @returns the output of the reducer.
 * @throws InvalidArgumentError for an input that is not a list, PatternContractError without a mapper, and the first
 * mapper's failure, once every mapper has ended.
 */
@Pattern({ name: 'map_reduce', options, apiVersion: 1 })
export class MapReduce extends PatternExecutor<Settings> {
  async execute(execution: PatternExecution<Settings>): Promise<unknown> {
    const { agents, input, options } = execution;
    const [reducer, ...mappers] = agents;
    const chunks = chunksOf(expectList(input), options.chunk);
    if (!reducer || mappers.length === 0) throw noMapper(agents);
    const mapped: unknown[] = new Array(chunks.length);
    const work = async (mapper: AgentHandle, first: number): Promise<void> => {
      if (first >= chunks.length) return;
      const { capability, constraints } = options;
      await execution.delegate(reducer, mapper, {
        ...(capability !== undefined && { capabilities: [capability] }),
        constraints,
      });
      for (let i = first; i < chunks.length; i += mappers.length)
        mapped[i] = await execution.invoke(mapper, chunks[i]);
    };
    // Every mapper is awaited, even after one has failed: no agent must be at work when the run is over.
    const ends = await Promise.allSettled(mappers.map(work));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return execution.invoke(reducer, mapped);
  }
}

function expectList(input: unknown): readonly unknown[] {
  if (Array.isArray(input)) return input;
  throw new InvalidArgumentError("Pattern 'map_reduce' needs a list as its input", {
    expected: 'an array',
    received: typeof input,
    remedy: 'Pass the items as an array to execute().',
  });
}

const noMapper = (agents: readonly AgentHandle[]): PatternContractError =>
  new PatternContractError("Pattern 'map_reduce' has no mapper", {
    expected: 'a reducer first, and at least one mapper',
    received: `${agents.length} agents`,
    remedy: 'Give the runtime more agents.',
  });
