import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const schema = z.strictObject({ chunk: z.number().int().positive(), label: z.string().default('part') });

/** A pattern as a third party writes it. */
@Pattern({ name: 'split_and_count', options: schema })
export class MapReduce extends PatternExecutor<z.output<typeof schema>> {
  async execute({ options }: PatternExecution<z.output<typeof schema>>): Promise<string> {
    return options.label.repeat(options.chunk);
  }
}

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    split_and_count: z.input<typeof schema>;
  }
  interface PatternResults {
    split_and_count: string;
  }
}
