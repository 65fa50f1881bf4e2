import type { InvocationContext, TrustedAgent } from '@kaizen-eatp/core';
import { describe, expect, it } from 'vitest';
import { gate, never, rejection, said, World } from './world.js';

/** Counts how many are at work at a time. */
function counter() {
  let now = 0;
  const seen = { most: 0, calls: 0 };
  const work = async (): Promise<void> => {
    now += 1;
    seen.calls += 1;
    seen.most = Math.max(seen.most, now);
    for (let i = 0; i < 3; i++) await new Promise(setImmediate);
    now -= 1;
  };
  return { seen, work };
}

describe('maxConcurrentInvocations', () => {
  it.each([1, 3])('lets %i agents work at a time within a run, and all in the end', async (limit) => {
    const world = await World.make();
    const { seen, work } = counter();
    const alice = await world.agent('alice', work);
    await world.execute(
      [alice],
      ({ agents: [a], invoke }) => Promise.all(Array.from({ length: 9 }, () => invoke(a!, 1))),
      {
        settings: { limits: { maxConcurrentInvocations: limit } },
      },
    );
    expect(seen).toEqual({ most: limit, calls: 9 });
  });

  it('does not wait for itself when agents call agents, however deep', async () => {
    const world = await World.make();
    const agents: TrustedAgent[] = [];
    for (let i = 0; i < 5; i++) {
      agents.push(
        await world.agent(`agent-${i}`, async (_input: unknown, context: InvocationContext) => {
          const next = agents[i + 1];
          if (!next) return 'bottom';
          await context.delegate(next, { capabilities: ['execute'] });
          return context.invoke(next, 1);
        }),
      );
    }
    const { result, auditTrail } = await world.execute(agents, ({ agents: [a], invoke }) => invoke(a!, 1), {
      settings: { limits: { maxConcurrentInvocations: 1 } },
    });
    expect(result).toBe('bottom');
    expect(auditTrail).toHaveLength(6);
  });

  it('holds for agents that call several agents at once', async () => {
    const world = await World.make();
    const { seen, work } = counter();
    const others = await Promise.all(['bob', 'carol', 'dave'].map((name) => world.agent(name, work)));
    const alice = await world.agent('alice', async (_input: unknown, context: InvocationContext) => {
      for (const other of others) await context.delegate(other, { capabilities: ['execute'] });
      await Promise.all(others.map((other) => context.invoke(other, 1)));
      await work();
    });
    await world.execute([alice, ...others], ({ agents: [a], invoke }) => invoke(a!, 1), {
      settings: { limits: { maxConcurrentInvocations: 1 } },
    });
    expect(seen).toEqual({ most: 1, calls: 4 });
  });

  it('gives its place back after failures, denials and time-outs', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', (input: unknown) => {
      if (input === 'fail') throw new Error('no');
      return input === 'hang' ? never() : input;
    });
    const { result } = await world.execute(
      [alice],
      async ({ agents: [a], invoke }) => {
        await rejection(invoke(a!, 'fail'));
        await rejection(invoke(a!, 1, { action: 'send_mail' }));
        await rejection(invoke(a!, 'hang', { timeout: 5 }));
        return invoke(a!, 'still here');
      },
      { settings: { limits: { maxConcurrentInvocations: 1 } } },
    );
    expect(result).toBe('still here');
  });

  it('what waits for its turn goes when the run is cancelled', async () => {
    const world = await World.make();
    const started = gate();
    const alice = await world.agent('alice', () => {
      started.open();
      return never();
    });
    const run = world.start(
      [alice],
      ({ agents: [a], invoke }) => Promise.all([invoke(a!, 1), invoke(a!, 2)]),
      {
        settings: { limits: { maxConcurrentInvocations: 1 } },
      },
    );
    await started.opened;
    run.cancel();
    const error = await rejection(run.result);
    expect(error.code).toBe('EXECUTION_CANCELLED');
    expect(said(await world.remains(error))[0]).toBe('alice execute partial cancelled');
  });
});

describe('maxConcurrentRuns', () => {
  it('lets so many runs be under way, and all in the end', async () => {
    const world = await World.make();
    const { seen, work } = counter();
    const alice = await world.agent('alice');
    const runtime = world.runtime([alice], work, { limits: { maxConcurrentRuns: 2 } });
    await Promise.all(Array.from({ length: 6 }, () => runtime.execute(1, { pattern: 'probe' })));
    expect(seen).toEqual({ most: 2, calls: 6 });
  });

  it.each([
    ['a reason', 'changed my mind'],
    ['none', undefined],
  ])('a run that waits for its turn can be cancelled, with %s', async (_what, reason) => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const [begun, free] = [gate(), gate()];
    const runtime = world.runtime(
      [alice],
      () => {
        begun.open();
        return free.opened;
      },
      { limits: { maxConcurrentRuns: 1 } },
    );
    const first = runtime.execute(1, { pattern: 'probe' });
    await begun.opened;
    const second = runtime.start(2, { pattern: 'probe' });
    second.cancel(reason);
    const error = await rejection(second.result);
    expect(error.code).toBe('EXECUTION_CANCELLED');
    free.open();
    await first;
    await runtime.execute(3, { pattern: 'probe' });
  });

  it('counts the time that a run waits for its turn', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const [begun, free] = [gate(), gate()];
    const runtime = world.runtime(
      [alice],
      () => {
        begun.open();
        return free.opened;
      },
      { limits: { maxConcurrentRuns: 1 } },
    );
    const first = runtime.execute(1, { pattern: 'probe' });
    await begun.opened;
    const second = runtime.execute(2, { pattern: 'probe', timeout: 5 }).catch((error: unknown) => error);
    const outcome = await Promise.race([
      second,
      new Promise((resolve) => setTimeout(resolve, 100, 'still waiting')),
    ]);
    free.open();
    await first;
    expect(outcome).toMatchObject({ code: 'EXECUTION_TIMEOUT' });
  });
});

describe('limits', () => {
  it('an option of the run goes before the limit of the runtime', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const runtime = world.runtime([alice], never, { limits: { timeout: 60_000 } });
    const error = await rejection(runtime.execute(1, { pattern: 'probe', timeout: 5 }));
    expect(error).toMatchObject({ code: 'EXECUTION_TIMEOUT', evidence: { milliseconds: 5 } });
    const short = world.runtime([alice], never, { limits: { timeout: 5 } });
    expect((await rejection(short.execute(1, { pattern: 'probe' }))).code).toBe('EXECUTION_TIMEOUT');
  });

  it.each([
    { maxConcurrentRuns: 0 },
    { maxConcurrentInvocations: -1 },
    { maxConcurrentInvocations: 1.5 },
    { maxConcurrentRuns: Number.NaN },
    { timeout: 0 },
    { timeout: Number.POSITIVE_INFINITY },
    { invocationTimeout: '5' as never },
    { timeout: 2 ** 31 },
  ])('refuses %o', async (limits) => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const [name] = Object.keys(limits);
    expect(() => world.runtime([alice], () => 1, { limits })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`\`${name}\` of a runtime's limits`),
      }),
    );
  });
});
