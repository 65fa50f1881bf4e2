import { type InvocationContext, OrchestrationRuntime } from '@kaizen-eatp/core';
import type { PatternExecution } from '@kaizen-eatp/core/plugin';
import { isHeavy } from 'suite-store';
import { describe, expect, it } from 'vitest';
import { probe, rejection, World } from './world.js';

type Execution = PatternExecution<Record<string, never>>;

const MANY = isHeavy ? 300 : 3_000;

/** Never waiting work, in each of the ways in which a run can do something. */
const WAYS: [string, (execution: Execution) => Promise<unknown>][] = [
  [
    'invokes one after the other',
    async ({ agents: [a], invoke }) => {
      for (let i = 0; i < MANY; i++) await invoke(a!, i);
    },
  ],
  [
    'invokes all at once',
    ({ agents: [a], invoke }) => Promise.all(Array.from({ length: MANY }, (_, i) => invoke(a!, i))),
  ],
  [
    'delegates',
    async ({ agents: [a, b], delegate }) => {
      for (let i = 0; i < MANY; i++) await delegate(a!, b!, { capabilities: ['execute'] });
    },
  ],
  [
    'shares',
    async ({ agents: [a], share }) => {
      for (let i = 0; i < MANY; i++) await share(a!, i, { action: 'execute' });
    },
  ],
  [
    'verifies',
    async ({ agents: [a], verify }) => {
      for (let i = 0; i < MANY * 10; i++) await verify(a!, 'execute');
    },
  ],
  [
    'is nested in runs',
    async ({ agents: [a, b], invoke, delegate }) => {
      await delegate(a!, b!, { capabilities: ['execute'] });
      await invoke(b!, 'nest');
    },
  ],
  [
    'invokes agents that use tools',
    async ({ agents: [a], invoke }) => {
      for (let i = 0; i < MANY / 10; i++) await invoke(a!, 'tools');
    },
  ],
];

async function busy() {
  const world = await World.make();
  const did = { count: 0 };
  const alice = await world.agent(
    'alice',
    async (input: unknown, context: InvocationContext) => {
      did.count += 1;
      if (input === 'tools') for (let i = 0; i < 10; i++) await context.callTool('read');
      return input;
    },
    { capabilities: ['read'], tools: { read: () => 1 } },
  );
  const carol = await world.agent('carol');
  const inner = world.runtime([carol], async ({ agents: [a], invoke }) => invoke(a!, 1));
  const bob = await world.agent('bob', async (_input: unknown, context: InvocationContext) => {
    for (let i = 0; i < MANY / 3; i++) await inner.execute(1, { pattern: 'probe', within: context });
  });
  return { world, did, agents: [alice, bob] };
}

describe('a run that never waits', () => {
  it.each(WAYS)('lets timers fire before it ends, where it %s', async (_what, execute) => {
    const { world, agents } = await busy();
    let isEnded = false;
    const fired = new Promise<boolean>((resolve) => setTimeout(() => resolve(isEnded), 1));
    const run = world.execute(agents, execute).finally(() => {
      isEnded = true;
    });
    expect(await fired).toBe(false);
    await run;
  });

  it.each(WAYS)('times out before it has done everything, where it %s', async (_what, execute) => {
    const { world, agents } = await busy();
    const error = await rejection(world.execute(agents, execute, { timeout: 10 }));
    expect(error.code).toBe('EXECUTION_TIMEOUT');
    await world.remains(error);
  });

  it.each(WAYS)('can be cancelled from a timer, where it %s', async (_what, execute) => {
    const { world, agents } = await busy();
    const run = world.start(agents, execute);
    setTimeout(() => run.cancel('enough'), 5);
    const error = await rejection(run.result);
    expect(error).toMatchObject({ code: 'EXECUTION_CANCELLED', received: 'enough' });
    await world.remains(error);
  });

  it('does not do what is left after it was stopped', async () => {
    const { world, did, agents } = await busy();
    await rejection(
      world.execute(
        agents,
        async ({ agents: [a], invoke }) => {
          for (let i = 0; i < MANY; i++) await invoke(a!, i);
        },
        { timeout: 10 },
      ),
    );
    const { count } = did;
    expect(count).toBeLessThan(MANY);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(did.count).toBe(count);
  });

  it('times out without trust as well', async () => {
    const runtime = new OrchestrationRuntime({
      agents: { a: (input: unknown) => input },
      patterns: [
        probe(async ({ agents: [a], invoke }) => {
          for (let i = 0; i < 200_000; i++) await invoke(a!, 1);
        }),
      ],
    });
    const error = await rejection(runtime.execute(1, { pattern: 'probe', timeout: 10 }));
    expect(error.code).toBe('EXECUTION_TIMEOUT');
  });

  it('lets timers fire outside runs as well', async () => {
    const { agents } = await busy();
    let isEnded = false;
    const fired = new Promise<boolean>((resolve) => setTimeout(() => resolve(isEnded), 1));
    const calls = (async () => {
      for (let i = 0; i < MANY / 3; i++) await agents[0]!.run(i);
      isEnded = true;
    })();
    expect(await fired).toBe(false);
    await calls;
  });
});

describe('operations outside runs that never wait', () => {
  it.each(['verify', 'audit', 'delegate'] as const)('let timers fire: %s', async (operation) => {
    const world = await World.make();
    await world.agent('alice', undefined, { capabilities: ['read'] });
    await world.agent('bob', undefined, { capabilities: ['read'] });
    const ways = {
      verify: () => world.trust.verify({ agentId: 'agent-alice', action: 'read' }),
      audit: () => world.trust.audit({ agentId: 'agent-alice', action: 'read', result: 'success' }),
      delegate: () =>
        world.trust.delegate({
          delegatorId: 'agent-alice',
          delegateeId: 'agent-bob',
          taskId: 'task-1',
          capabilities: ['read'],
        }),
    };
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1);
    let times = 0;
    for (; times < 100_000 && !fired; times++) await ways[operation]();
    expect(fired).toBe(true);
  });
});
