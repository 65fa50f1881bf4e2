import { definePattern } from '@kaizen-eatp/core/plugin';
import { allOf, parts, workUnder } from './good-pattern.js';

// Patterns that do other things than they were asked for. Each is the good pattern with one fault.

/** Calls all agents, and returns the same in every run. */
export const returnsAConstant = definePattern({
  name: 'returns_a_constant',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    await allOf(workers, (worker) => workUnder(execution, lead, worker, plan));
    return 'done';
  },
});

/** Calls all agents, and returns its input. */
export const returnsItsInput = definePattern({
  name: 'returns_its_input',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    await allOf(workers, (worker) => workUnder(execution, lead, worker, plan));
    return execution.input;
  },
});

/** Asks its workers without telling them what for. */
export const withholdsTheInput = definePattern({
  name: 'withholds_the_input',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, 'do something');
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

/** Calls every agent twice. */
export const callsTwice = definePattern({
  name: 'calls_twice',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    await execution.invoke(lead, execution.input);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, async (worker) => {
      const [name] = await workUnder(execution, lead, worker, plan);
      return [name, await execution.invoke(worker, plan)] as const;
    });
    return Object.fromEntries(done);
  },
});

/** Asks a worker again when it fails, and says nothing. */
export const retriesSilently = definePattern({
  name: 'retries_silently',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, async (worker) => {
      const work = workUnder(execution, lead, worker, plan);
      return work.catch(async (error) => {
        if (execution.signal.aborted || error.code !== 'AGENT_FAILED') throw error;
        return [worker.name, await execution.invoke(worker, plan)] as const;
      });
    });
    return Object.fromEntries(done);
  },
});

/** Asks `verify` first, and leaves out a worker that is denied, without a record. */
export const skipsTheDenied = definePattern({
  name: 'skips_the_denied',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done: (readonly [string, unknown])[] = [];
    for (const worker of workers) {
      const { valid } = await execution.verify(worker, 'work');
      done.push(valid ? await workUnder(execution, lead, worker, plan) : [worker.name, 'REVOKED']);
    }
    return Object.fromEntries(done);
  },
});

/** Delegates everything three times. */
export const delegatesThrice = definePattern({
  name: 'delegates_thrice',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, async (worker) => {
      await execution.delegate(lead, worker);
      await execution.delegate(lead, worker);
      return workUnder(execution, lead, worker, plan);
    });
    return Object.fromEntries(done);
  },
});

/** Delegates to each of its workers in turn, also to those that it then does not need. */
export const delegatesAhead = definePattern({
  name: 'delegates_ahead',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const [first, ...others] = workers;
    for (const other of others) await execution.delegate(lead, other);
    return Object.fromEntries([await workUnder(execution, lead, first!, plan)]);
  },
});

/** Gives more than the work needs, as far as the lead can. */
export const givesMore = definePattern({
  name: 'gives_more',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, async (worker) => {
      await execution.delegate(lead, worker, { capabilities: ['work', 'pay'] });
      return [worker.name, await execution.invoke(worker, plan, { action: 'work' })] as const;
    });
    return Object.fromEntries(done);
  },
});

/** Adds a constraint that its author does not mention. */
export const addsAConstraint = definePattern({
  name: 'adds_a_constraint',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, async (worker) => {
      await execution.delegate(lead, worker, { constraints: ['reviewed'] });
      return [worker.name, await execution.invoke(worker, plan)] as const;
    });
    return Object.fromEntries(done);
  },
});

/** Signs details that it has made up. */
export const inventsDetails = definePattern({
  name: 'invents_details',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const details = { approved_by: 'the board' };
    const plan = await execution.invoke(lead, execution.input, { details });
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

/** Has every agent act as `execute`, whatever it does. */
export const alwaysExecutes = definePattern({
  name: 'always_executes',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, async (worker) => {
      await execution.delegate(lead, worker, { capabilities: ['execute'] });
      return [worker.name, await execution.invoke(worker, plan, { action: 'execute' })] as const;
    });
    return Object.fromEntries(done);
  },
});

/** Puts an error of its own in the place of the agent's. */
export const replacesTheError = definePattern({
  name: 'replaces_the_error',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    try {
      const plan = await execution.invoke(lead, execution.input);
      return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
    } catch (error) {
      if (execution.signal.aborted) throw error;
      throw new Error('something went wrong');
    }
  },
});

/** Throws nothing but a string when an agent fails. */
export const throwsAString = definePattern({
  name: 'throws_a_string',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    try {
      const plan = await execution.invoke(lead, execution.input);
      return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
    } catch (error) {
      if (execution.signal.aborted) throw error;
      throw 'failed';
    }
  },
});

/** Uses the answer of the fastest worker only, though it asks all of them. */
export const takesTheFirst = definePattern({
  name: 'takes_the_first',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const [fastest] = await allOf(workers, (worker) => workUnder(execution, lead, worker, plan));
    return fastest;
  },
});
