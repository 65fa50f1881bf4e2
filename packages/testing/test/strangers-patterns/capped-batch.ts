/**
 * The pattern `capped_batch`. The items of a list are worked on by the workers in turn, `concurrency` at a time. Each worker can say what an
 * item cost (`cost` in its answer; without it, `price`). Once `cap` is spent, no further item is started, and the result lists
 * those that were skipped. The clerk (the first agent) delegates and checks the sum.
 *
 * The fault (concurrency): `spent += costOf(await …)` reads `spent` before the pause and writes it after. Items in progress at the same time
 * overwrite each other's costs, and of each wave only the last one counts. With the default, one item at a time, the sum is right.
 *
 * How it hurts: with `concurrency: 10` a run stops at ten times the cap that the caller set, and reports a tenth of what was spent.
 */
import { InvalidArgumentError, PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import type { patternConformance } from '@kaizen-eatp/testing';
import { z } from 'zod';

const options = z.strictObject({
  /** How much can be spent. Default: no limit. */
  cap: z.number().nonnegative().optional(),
  /** The cost of an item if the worker does not say. Default: 1. */
  price: z.number().nonnegative().default(1),
  /** How many items are in progress at a time. Default: 1. */
  concurrency: z.int().positive().default(1),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

function costOf(answer: unknown, price: number): number {
  if (typeof answer !== 'object' || answer === null || !Object.hasOwn(answer, 'cost')) return price;
  const { cost } = answer as { cost: unknown };
  return typeof cost === 'number' && Number.isFinite(cost) && cost >= 0 ? cost : price;
}

export const pattern = definePattern({
  name: 'capped_batch',
  options,
  async execute({ agents, input, options, delegate, invoke }) {
    const [clerk, ...workers] = agents;
    if (!Array.isArray(input))
      throw new InvalidArgumentError("Pattern 'capped_batch' needs a list as its input", {
        expected: 'an array',
        received: typeof input,
        remedy: 'Pass the items as an array to execute().',
      });
    if (!clerk || workers.length === 0)
      throw new PatternContractError("Pattern 'capped_batch' has no worker", {
        expected: 'a clerk first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    const items: readonly unknown[] = input;
    const cap = options.cap ?? Number.POSITIVE_INFINITY;
    // A worker that would have no item gets no delegation.
    const used = workers.slice(0, items.length);
    for (const worker of used) await delegate(clerk, worker, { constraints: options.constraints });
    const outputs: unknown[] = [];
    let spent = 0;
    const work = async (i: number): Promise<unknown> => {
      let answer: unknown;
      const ask = async (): Promise<unknown> => (answer = await invoke(used[i % used.length]!, items[i]));
      spent += costOf(await ask(), options.price);
      return answer;
    };
    while (outputs.length < items.length && spent < cap) {
      const start = outputs.length;
      const end = Math.min(start + options.concurrency, items.length);
      const wave = await Promise.allSettled(Array.from({ length: end - start }, (_, i) => work(start + i)));
      const failure = wave.find((part) => part.status === 'rejected');
      if (failure?.status === 'rejected') throw failure.reason;
      outputs.push(...wave.map((part) => (part.status === 'fulfilled' ? part.value : null)));
    }
    const skipped = items.slice(outputs.length);
    const check = await invoke(clerk, { outputs, spent, skipped });
    return { outputs, spent, skipped, check };
  },
});

export const setup: NonNullable<Parameters<typeof patternConformance>[1]> = {
  agents: {
    clerk: {},
    ada: { run: (input: unknown) => ({ cost: 2, did: input }), calls: 2, steers: ['cost'] },
    bea: { run: (input: unknown) => ({ cost: 3, did: input }), calls: 2, steers: ['cost'] },
  },
  input: (mark) => [`${mark} one`, `${mark} two`, `${mark} three`, `${mark} four`],
  otherOptions: { cap: 4, concurrency: 2 },
};
