import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core';
import { z } from 'zod';

const schema = z.strictObject({ chunk: z.number().int().positive(), label: z.string().default('part') });

/** What a third party writes. */
@Pattern({ name: 'map_reduce', options: schema })
export class MapReduce extends PatternExecutor<z.output<typeof schema>> {
  async execute({ options }: PatternExecution<z.output<typeof schema>>): Promise<string> {
    return options.label.repeat(options.chunk);
  }
}

declare module '@kaizen-eatp/core' {
  interface PatternOptions {
    map_reduce: z.input<typeof schema>;
  }
}
