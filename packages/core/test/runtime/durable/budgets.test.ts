import { definePattern } from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';
import { Machines } from './crashes.js';

describe('a budget', () => {
  it('covers the runs inside a run, and outlives the processes of a durable run', async () => {
    const inner = definePattern({
      name: 'inner',
      execute: async ({ agents: [a], invoke }) => [
        await invoke(a!, 'leaf'),
        await invoke(a!, 'leaf').catch((error: { denial?: { reason: string } }) => error.denial?.reason),
      ],
    });
    const outer = definePattern({
      name: 'outer',
      execute: async ({ agents: [a], invoke, sleep }) => {
        const seen = [];
        for (let i = 0; i < 2; i++) {
          seen.push(await invoke(a!, 'branch').catch((error: { code: string }) => error.code));
          await sleep(1_200);
        }
        return seen;
      },
    });
    const machines = await Machines.make(
      {
        a: {
          work: async (input, context, runtime) => {
            if (input === 'branch')
              return (await runtime().execute(null, { pattern: 'inner' as never, within: context })).result;
            context.reportUsage({ tokens: 10 });
            return 'leaf';
          },
        },
      },
      [inner, outer],
    );
    // Each process serves the run until it waits.
    const { runtime } = machines.process();
    const run = await runtime.submit(null, { pattern: 'outer' as never, budget: { tokens: 30 } });
    for (let i = 0; i < 2; i++) {
      const serving = await machines.process().worker();
      while (!['waiting', 'succeeded', 'failed'].includes((await run.status()).state))
        await new Promise((resolve) => setTimeout(resolve, 10));
      await serving.stop();
    }
    const last = await machines.process().worker();
    expect(await run.result()).toEqual([
      ['leaf', 'leaf'],
      ['leaf', expect.stringContaining('budget.tokens')],
    ]);
    await last.stop();
  });
});
