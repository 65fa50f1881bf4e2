import { definePattern } from '@kaizen-eatp/core/plugin';
import { isHeavy } from 'suite-store';
import { describe, expect, it } from 'vitest';
import { Machines } from './crashes.js';

const inner = definePattern({
  name: 'inner',
  execute: async ({ agents: [a, b], delegate, invoke }) => {
    await delegate(a!, b!);
    await invoke(b!, 'leaf');
    await invoke(b!, 'leaf');
  },
});

const outer = definePattern({
  name: 'outer',
  execute: async ({ agents: [a], invoke }) => {
    await invoke(a!, 'leaf');
    return invoke(a!, 'branch');
  },
});

const make = () =>
  Machines.make(
    {
      a: {
        work: async (input, context, runtime) => {
          context.reportUsage({ tokens: 10, cost: 0.25 });
          if (input !== 'branch') return 'leaf';
          const run = await runtime().execute(null, { pattern: 'inner' as never, within: context });
          return run.usage;
        },
      },
      b: { work: (_, { reportUsage }) => reportUsage({ tokens: 1 }) },
    },
    [inner, outer],
  );

describe('the usage of a durable run', () => {
  it('counts each step once, wherever its process dies, in the runs inside it too', async () => {
    const whole = await make();
    const { commits } = await whole.executeWithCrashes(null, { pattern: 'outer' }, []);
    expect(commits).toBeGreaterThan(5);
    const dieAt = async (last: number, isApplied: boolean): Promise<void> => {
      const machines = await make();
      const crashes = [
        { last, isApplied },
        { last: 2, isApplied: !isApplied },
      ];
      const { result, runId } = await machines.executeWithCrashes(null, { pattern: 'outer' }, crashes);
      const where = `commit ${last}, ${isApplied ? 'applied' : 'not applied'}`;
      const ofB = { 'agent-b': { tokens: 2, cost: 0 } };
      // What the inner run returned to the agent, in a process that continued it.
      expect(result, where).toEqual({ tokens: 2, cost: 0, agents: ofB });
      const usage = await machines.process().runtime.attach(runId).usage();
      expect(usage, where).toEqual({
        tokens: 22,
        cost: 0.5,
        agents: { 'agent-a': { tokens: 20, cost: 0.5 }, ...ofB },
      });
    };
    for (let last = 1; last <= commits; last += isHeavy ? 3 : 1)
      await Promise.all([dieAt(last, false), dieAt(last, true)]);
  });

  it('is known while the run is in progress, and unknown for a run that there is not', async () => {
    const machines = await make();
    const { runtime } = machines.process();
    const run = await runtime.submit(null, { pattern: 'outer' as never });
    expect(await run.usage()).toEqual({ tokens: 0, cost: 0, agents: {} });
    await expect(runtime.attach('run-2').usage()).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});
