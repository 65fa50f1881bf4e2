import { InvalidArgumentError, PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { chunksOf } from './chunks.js';

const options = z.strictObject({
  /** How many items of the input a mapper gets at a time. */
  chunk: z.int().positive(),
  /** What the reducer delegates to each mapper; it must hold it. Default: `execute`, "do your own job". */
  capability: z.string().min(1).default('execute'),
  /** Added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** What a caller may pass as `options`. */
export type MapReduceOptions = z.input<typeof options>;
type Settings = z.output<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    map_reduce: MapReduceOptions;
  }
}

/**
 * The input, a list, goes to the mappers in chunks; the reducer gets what they made of each, in the order of the
 * input. The first agent reduces and delegates to all others, which map. Mappers work side by side, each on its own
 * chunks one after the other.
 *
 * @returns what the reducer returned.
 * @throws InvalidArgumentError for an input that is no list, PatternContractError without a mapper, and the first
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
      await execution.delegate(reducer, mapper, { capabilities: [capability], constraints });
      for (let i = first; i < chunks.length; i += mappers.length)
        mapped[i] = await execution.invoke(mapper, chunks[i]);
    };
    // All are awaited, whatever becomes of one: nobody may be at work when the run is over.
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
  new PatternContractError("Pattern 'map_reduce' has nobody to map", {
    expected: 'a reducer first, and at least one mapper',
    received: `${agents.length} agents`,
    remedy: 'Give the runtime more agents.',
  });
