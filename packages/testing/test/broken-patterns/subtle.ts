import { definePattern } from '@kaizen-eatp/core/plugin';
import { allOf, parts, workUnder } from './good-pattern.js';

// Patterns that are right in a demonstration: with three agents that answer at once, with something, to a short question.

/** Delegates for ten seconds, which is enough for agents that answer at once. */
export const isInAHurry = definePattern({
  name: 'is_in_a_hurry',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    for (const worker of workers) await execution.delegate(lead, worker, { expiresIn: 10_000 });
    const answers: unknown[] = [];
    for (const worker of workers) answers.push(await execution.invoke(worker, plan));
    return answers;
  },
});

/** Has work for two others only. */
export const countsToTwo = definePattern({
  name: 'counts_to_two',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    return Object.fromEntries(
      await allOf(workers.slice(0, 2), (worker) => workUnder(execution, lead, worker, plan)),
    );
  },
});

/** Asks only the first thousand characters. */
export const asksBriefly = definePattern({
  name: 'asks_briefly',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, JSON.stringify(execution.input).slice(0, 1_000));
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

/** Takes an answer such as 0 for none. */
export const overlooksZero = definePattern({
  name: 'overlooks_zero',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const answers = await allOf(workers, (worker) => workUnder(execution, lead, worker, plan));
    return { plan, answers: answers.map(([name, answer]) => [name, answer || 'no answer']) };
  },
});

/** Tells the constraint evaluators that somebody has approved. */
export const inventsFacts = definePattern({
  name: 'invents_facts',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input, { context: { approved: true } });
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});
