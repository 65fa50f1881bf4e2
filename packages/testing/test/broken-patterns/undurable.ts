import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import {
  definePattern,
  Pattern,
  type PatternExecution,
  PatternExecutor,
  type PatternPlugin,
} from '@kaizen-eatp/core/plugin';
import { allOf, parts, workUnder } from './good-pattern.js';

// Patterns that do well while their process lives, and that a durable run cannot execute again.

const work = async (execution: PatternExecution): Promise<unknown> => {
  const { lead, workers } = parts(execution);
  const plan = await execution.invoke(lead, execution.input);
  return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
};

const taking = (name: string, take: () => unknown): PatternPlugin =>
  definePattern({
    name,
    async execute(execution) {
      await take();
      return work(execution);
    },
  });

export const usesTheClock = taking('uses_the_clock', () => Date.now());
export const makesADate = taking('makes_a_date', () => new Date().getDay());
export const throwsDice = taking('throws_dice', () => Math.random());
export const drawsLots = taking('draws_lots', () => randomInt(3));
export const namesItself = taking('names_itself', () => crypto.randomUUID());
export const pauses = taking('pauses', () => after(1));
export const readsAFile = taking('reads_a_file', () => readFile(import.meta.filename));
export const looksForAFile = taking('looks_for_a_file', () => existsSync(import.meta.filename));
export const asksForItsMachine = taking('asks_for_its_machine', () => hostname());
export const weighsItself = taking('weighs_itself', () => process.memoryUsage.rss());
export const measuresTime = taking('measures_time', () => performance.now());
export const setsAVariable = taking('sets_a_variable', () => {
  process.env.KIT_RUNS = 'one more';
});

/** Uses the clock only to describe that an agent failed. */
export const timesFailures = definePattern({
  name: 'times_failures',
  execute: (execution) =>
    work(execution).catch((error: unknown) => {
      if (Date.now() > 0) throw error;
      return undefined;
    }),
});

/** Asks its agents in another order every time that it is executed in a process. */
let executions = 0;
@Pattern({ name: 'takes_turns' })
export class TakesTurns extends PatternExecutor<Record<string, never>> {
  async execute({
    agents: [lead, ...workers],
    input,
    invoke,
    delegate,
  }: PatternExecution<Record<string, never>>): Promise<unknown> {
    const plan = await invoke(lead!, input);
    const answers: Record<string, unknown> = {};
    const order = executions++ % 2 === 0 ? workers : workers.toReversed();
    for (const worker of order) {
      await delegate(lead!, worker);
      answers[worker.name] = await invoke(worker, plan);
    }
    return workers.map(({ name }) => answers[name]);
  }
}
