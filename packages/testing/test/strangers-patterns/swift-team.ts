/*
 * BROKEN (hidden work, superfluous calls): a worker that has not answered after two seconds is called a second time with the same
 * input ("hedged request"), and the answer that comes first is used. Fast agents are called once.
 * HURTS: agents are not idempotent. A slow worker pays, sends or books twice, at twice the cost, and its own lock or budget is
 * met by its twin. If the first call fails after the second was made, the failure is not thrown at all.
 * SETUP: agents: { lead: {}, first: {}, second: {} } (one leader first, one or more workers; each is called once); tolerated
 * failures: none; options: none; otherOptions: { constraints: ['read_only'] } (that is then an added constraint of each worker).
 */
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

const PATIENCE = 2_000;

/** Makes a call, and once more if it takes long. Both have ended when the promise settles. */
async function swiftly<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  const first = call();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), PATIENCE);
  });
  const isSlow = await Promise.race([
    first.then(
      () => false,
      () => false,
    ),
    patience,
  ]);
  clearTimeout(timer);
  if (!isSlow || signal.aborted) return first;
  const calls = [first, call()];
  const swiftest = Promise.any(calls).catch((error: AggregateError) => {
    throw error.errors[0];
  });
  const [answer] = await Promise.allSettled([swiftest, ...calls]);
  if (answer.status === 'rejected') throw answer.reason;
  return answer.value;
}

/** The first agent splits the job. The others work on it concurrently, and a slow one does not hold up the rest. */
export const pattern = definePattern({
  name: 'swift_team',
  options,
  async execute({ agents, input, options, delegate, invoke, signal }) {
    const [lead, ...workers] = agents;
    if (!lead || workers.length === 0) {
      throw new PatternContractError("Pattern 'swift_team' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const job = await invoke(lead, input);
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        const delegation = await delegate(lead, worker, { constraints: options.constraints });
        const output = await swiftly(signal, () => invoke(worker, job, { delegation }));
        return { worker: worker.name, output };
      }),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure) throw failure.reason;
    return { job, outputs: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])) };
  },
});
