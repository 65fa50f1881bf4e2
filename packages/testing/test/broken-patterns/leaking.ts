import { definePattern, Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { allOf, parts, workUnder } from './good-pattern.js';

// Patterns that pass something of one run on to another. Each is the good pattern with one fault.

let previousForShare: unknown = 'nothing yet';
/** Shares the input of the run before, in the details of a record. */
export const leaksThroughShare = definePattern({
  name: 'leaks_through_share',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    await execution.share(lead, plan, { action: 'work', details: { before: previousForShare } });
    previousForShare = execution.input;
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

let previousForInvoke: unknown = 'nothing yet';
/** Signs the input of the run before with an invocation. */
export const leaksThroughInvoke = definePattern({
  name: 'leaks_through_invoke',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input, { details: { before: previousForInvoke } });
    previousForInvoke = execution.input;
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

let previousForReport: unknown = 'nothing yet';
/** Reports the input of the run before. */
export const leaksThroughReport = definePattern({
  name: 'leaks_through_report',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    execution.report({ before: previousForReport });
    previousForReport = execution.input;
    const plan = await execution.invoke(lead, execution.input);
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

let previousForContext: unknown = 'nothing yet';
/** Gives the constraint evaluators the input of the run before. */
export const leaksThroughContext = definePattern({
  name: 'leaks_through_context',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input, { context: { before: previousForContext } });
    previousForContext = execution.input;
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

let previousFailure = '';
/** Adds the failure of the run before to its error. */
export const leaksThroughErrors = definePattern({
  name: 'leaks_through_errors',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    try {
      const plan = await execution.invoke(lead, execution.input);
      return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
    } catch (error) {
      if (execution.signal.aborted) throw error;
      const before = previousFailure;
      previousFailure = JSON.stringify(execution.input);
      throw new Error(`failed again; before that with ${before}`, { cause: error });
    }
  },
});

/** Signs the person's name with every invocation. */
export const signsThePerson = definePattern({
  name: 'signs_the_person',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const details = { on_behalf_of: execution.humanOrigin?.displayName ?? 'nobody' };
    const plan = await execution.invoke(lead, execution.input, { details });
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

const cache = new Map<string, unknown>();
/** Caches results by their input, for all tenants. */
export const cachesResults = definePattern({
  name: 'caches_results',
  async execute(execution) {
    const key = JSON.stringify(execution.input);
    if (cache.has(key)) return cache.get(key);
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const result = Object.fromEntries(
      await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)),
    );
    cache.set(key, result);
    return result;
  },
});

const plans = new Map<string, unknown>();
/** Caches only what its lead answered, by the input. */
export const cachesPlans = definePattern({
  name: 'caches_plans',
  async execute(execution) {
    const key = JSON.stringify(execution.input);
    const { lead, workers } = parts(execution);
    const plan = plans.has(key) ? plans.get(key) : await execution.invoke(lead, execution.input);
    plans.set(key, plan);
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

let firstOptions: { readonly title: string } | undefined;
/** Keeps the options of its first run. */
export const keepsFirstOptions = definePattern({
  name: 'keeps_first_options',
  options: z.strictObject({ title: z.string().default('no title') }),
  async execute(execution) {
    firstOptions ??= execution.options;
    const { title } = firstOptions;
    const { lead, workers } = parts(execution as never);
    const plan = await execution.invoke(lead, { title, input: execution.input });
    return Object.fromEntries(
      await allOf(workers, (worker) => workUnder(execution as never, lead, worker, plan)),
    );
  },
});

let latest: { readonly title: string } = { title: 'none' };
/** Keeps the options of the run that started last, and so uses those of another run where two are in progress. */
export const usesLatestOptions = definePattern({
  name: 'uses_latest_options',
  options: z.strictObject({ title: z.string().default('no title') }),
  async execute(execution) {
    latest = execution.options;
    const { lead, workers } = parts(execution as never);
    const plan = await execution.invoke(lead, execution.input);
    const { title } = latest;
    const done = await allOf(workers, (worker) =>
      workUnder(execution as never, lead, worker, { title, plan }),
    );
    return Object.fromEntries(done);
  },
});

const executions: unknown[] = [];
/** Keeps every execution in memory. */
export const keepsExecutions = definePattern({
  name: 'keeps_executions',
  async execute(execution) {
    executions.push(execution);
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

const answers = new Set<unknown>();
/** Keeps every answer of its lead in memory. */
export const keepsAnswers = definePattern({
  name: 'keeps_answers',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    answers.add(plan);
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

/** Stops asking its last worker after forty runs of one instance. */
@Pattern({ name: 'tires' })
export class Tires extends PatternExecutor<Record<string, never>> {
  #runs = 0;

  async execute(execution: PatternExecution<Record<string, never>>): Promise<unknown> {
    this.#runs += 1;
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const willing = this.#runs > 40 ? workers.slice(0, -1) : workers;
    return Object.fromEntries(await allOf(willing, (worker) => workUnder(execution, lead, worker, plan)));
  }
}
