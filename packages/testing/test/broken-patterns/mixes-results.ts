import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import { allOf, parts, workUnder } from './good-pattern.js';

/** Gives each agent what belongs to its run, and each caller what the newest run came to. */
@Pattern({ name: 'mixes_results' })
export class MixesResults extends PatternExecutor<Record<string, never>> {
  #results: unknown;

  async execute(execution: PatternExecution<Record<string, never>>): Promise<unknown> {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    this.#results = Object.fromEntries(
      await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)),
    );
    await execution.verify(lead, 'work');
    return this.#results;
  }
}
