import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import { allOf, parts, workUnder } from './good-pattern.js';

/** Keeps a run's plan where the next run finds it. */
@Pattern({ name: 'mixes_runs' })
export class MixesRuns extends PatternExecutor<Record<string, never>> {
  #plan: unknown;

  async execute(execution: PatternExecution<Record<string, never>>): Promise<unknown> {
    const { lead, workers } = parts(execution);
    this.#plan = await execution.invoke(lead, execution.input);
    await execution.verify(lead, 'work');
    return Object.fromEntries(
      await allOf(workers, (worker) => workUnder(execution, lead, worker, this.#plan)),
    );
  }
}
