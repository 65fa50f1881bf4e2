import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({ constraints: z.array(z.string()).default([]) });

type Bag = Record<string, unknown>;

/**
 * Merges answers deeply, and parses those that are JSON text first. The merge follows every key, `__proto__` included, and so one
 * answer can change every object of the process.
 */
export const mergesEveryKey = definePattern({
  name: 'merged_facts',
  options,
  async execute({ agents, input, options, delegate, invoke }) {
    const [leader, ...workers] = agents;
    if (!leader || workers.length === 0) {
      throw new PatternContractError("Pattern 'merged_facts' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const question = await invoke(leader, input);
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        const delegation = await delegate(leader, worker, { constraints: options.constraints });
        return { worker: worker.name, answer: await invoke(worker, { input, question }, { delegation }) };
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    const facts: Bag = {};
    const answers = settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    for (const { answer } of answers) {
      const found = parsed(answer);
      if (isBag(found)) merge(facts, found);
    }
    return { question, answers, facts };
  },
});

function parsed(answer: unknown): unknown {
  if (typeof answer !== 'string' || !answer.trimStart().startsWith('{')) return answer;
  try {
    return JSON.parse(answer);
  } catch {
    return answer;
  }
}

const isBag = (value: unknown): value is Bag => Object.prototype.toString.call(value) === '[object Object]';

function merge(into: Bag, from: Bag): Bag {
  for (const key of Object.keys(from)) {
    const value = from[key];
    if (!isBag(value)) into[key] = value;
    else if (isBag(into[key])) merge(into[key], value);
    else into[key] = merge({}, value);
  }
  return into;
}
