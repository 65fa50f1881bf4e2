import { type InvocationContext, MemoryTrustStore } from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import {
  answers,
  computes,
  delays,
  FIXTURE_TIME,
  failingStore,
  fails,
  hangs,
  manualClock,
  scriptedAgent,
  suites,
  trustWorld,
} from '@kaizen-eatp/testing';
import { describe, expect, it } from 'vitest';

const unused = async (): Promise<never> => {
  throw new Error('not for this test');
};
const contextWith = (signal: AbortSignal): InvocationContext => ({
  signal,
  invocationId: 'run-1/1',
  attempt: 1,
  idempotencyKey: 'run-1/1',
  taskId: 't',
  agentId: 'a',
  action: 'execute',
  depth: 0,
  report: () => undefined,
  reportUsage: () => undefined,
  callTool: unused,
  invoke: unused,
  delegate: unused,
});
const context = contextWith(new AbortController().signal);

describe('scriptedAgent', () => {
  it('answers in order, fails when told to, and remembers each call', async () => {
    const agent = scriptedAgent([
      'one',
      fails('disk full'),
      (input: string) => `computed ${input}`,
      answers(Math.max),
    ]);
    expect(await agent.run('a', context)).toBe('one');
    await expect(agent.run('b', context)).rejects.toThrow('disk full');
    expect(await agent.run('c', context)).toBe('computed c');
    expect(await agent.run('d', context)).toBe(Math.max);
    expect(agent.calls.map(({ number, input, outcome }) => [number, input, outcome])).toEqual([
      [1, 'a', 'returned'],
      [2, 'b', 'threw'],
      [3, 'c', 'returned'],
      [4, 'd', 'returned'],
    ]);
    await expect(agent.run('e', context)).rejects.toThrow('The script has 4 entries, and this is call 5');
  });

  it('answers by a function of input and call', async () => {
    const agent = scriptedAgent((input: number, _context, call) => input * call);
    expect([await agent.run(5, context), await agent.run(5, context)]).toEqual([5, 10]);
  });

  it('hangs until it is aborted, and reports when it has started', async () => {
    const controller = new AbortController();
    const agent = scriptedAgent([hangs()]);
    const running = agent.run('x', contextWith(controller.signal));
    expect(await agent.started()).toMatchObject({ number: 1, outcome: 'running', wasAborted: false });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(agent.calls[0]).toMatchObject({ outcome: 'threw', wasAborted: true });
  });

  it('delays its answer, unless it is aborted', async () => {
    const controller = new AbortController();
    const agent = scriptedAgent([
      delays(1, answers('late')),
      delays(
        60_000,
        computes(() => 'never'),
      ),
    ]);
    expect(await agent.run('x', context)).toBe('late');
    const second = agent.started(2);
    const running = agent.run('x', contextWith(controller.signal));
    await second;
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });
});

describe('failingStore', () => {
  it('fails the commits that were planned, and no others', async () => {
    const store = failingStore({ fromCommit: 2, op: 'put_authority', times: 1 });
    const put = (id: string) =>
      store.commit([{ op: 'put_authority', authorityId: id, text: '{}', ifVersion: null }]);
    await put('one');
    await store.commit([{ op: 'close_delegations', runId: 'run-1' }]);
    await expect(put('two')).rejects.toThrow('disk full');
    await put('three');
    expect((await store.readAuthorities(['one', 'two', 'three'])).map(Boolean)).toEqual([true, false, true]);
    expect(store.failures).toBe(1);
  });

  it('follows a plan that is set later, and heals', async () => {
    const store = failingStore();
    store.fail({ when: (writes) => writes.length === 2, error: new RangeError('quota') });
    const close = { op: 'close_delegations', runId: 'run-1' } as const;
    await store.commit([close]);
    await expect(store.commit([close, close])).rejects.toThrow(RangeError);
    store.heal();
    await store.commit([close, close]);
  });
});

describe('manualClock', () => {
  it('stands still until it is moved', () => {
    const clock = manualClock();
    expect([clock.now(), clock.now()]).toEqual([FIXTURE_TIME, FIXTURE_TIME]);
    clock.advance(1_000);
    expect(clock.now()).toBe(FIXTURE_TIME + 1_000);
    clock.set(5);
    expect(clock.now()).toBe(5);
  });
});

describe('trustWorld', () => {
  it('has alice and bob, who are trusted, and mallory, who is not', async () => {
    const { agents } = await trustWorld();
    const trusted = Object.entries(agents).map(([name, agent]) => [
      name,
      agent.isTrusted,
      agent.capabilities,
    ]);
    expect(trusted).toEqual([
      ['alice', true, ['work']],
      ['bob', true, ['work']],
      ['mallory', false, []],
    ]);
  });

  it('has the same keys and the same time whenever it is made', async () => {
    const [one, other] = await Promise.all([trustWorld(), trustWorld()]);
    expect(one.authority).toEqual(other.authority);
    expect(one.authority.createdAt).toBe('2026-06-01T12:00:00+00:00');
  });

  it('gives agents tools, and methods that patterns can call', async () => {
    const carol = {
      agent: {
        run: () => 'run',
        review: (_input: unknown, context: InvocationContext) => context.callTool('look_up'),
      },
      capabilities: ['look_up'],
      tools: { look_up: () => 'found' },
      methods: ['review'],
    };
    const reviews = definePattern({
      name: 'reviews',
      execute: ({ agents: [agent], input, invoke }) => invoke(agent!, input, { method: 'review' }),
    });
    const { runtime } = await trustWorld({ agents: { carol } });
    const { result } = await runtime([reviews]).execute('x', { pattern: 'reviews' as string });
    expect(result).toBe('found');
  });

  it('makes runtimes with the agents that `only` names, in its order', async () => {
    const { runtime } = await trustWorld();
    const names = definePattern({
      name: 'names',
      execute: async ({ agents }) => agents.map(({ name }) => name),
    });
    const run = async (only?: readonly ('alice' | 'bob')[]) =>
      (await runtime([names], { only: only ?? ['alice', 'bob'] }).execute(0, { pattern: 'names' as string }))
        .result;
    expect([await run(), await run(['bob', 'alice'])]).toEqual([
      ['alice', 'bob'],
      ['bob', 'alice'],
    ]);
  });

  it('takes agents, a store and a clock of the caller', async () => {
    const store = new MemoryTrustStore();
    const clock = manualClock(FIXTURE_TIME + 1_000);
    const carol = { capabilities: ['review'], constraints: ['read_only'] };
    const { agents } = await trustWorld({ store, clock, agents: { carol } });
    expect(Object.keys(agents)).toEqual(['carol']);
    expect(agents.carol.effectiveConstraints).toEqual(['read_only']);
    expect((await store.readChains(['agent-carol']))[0]?.text).toContain('2026-06-01T12:00:01+00:00');
  });
});

describe('suites', () => {
  it('give every requirement an id of its own and a demand', () => {
    const all = Object.values(suites).flatMap((requirements) => [...requirements]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { id, demands } of all) {
      expect(id).toMatch(/^(PATTERN|STORE|EVALUATOR|ENGINE)(-[A-Z]+)+$/);
      expect(demands).toMatch(/^[A-Z].*\.$/);
    }
  });
});
