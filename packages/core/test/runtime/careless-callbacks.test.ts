import { type InvocationContext, MemoryTrustStore, type RunEvent } from '@kaizen-eatp/core';
import { defineConstraint } from '@kaizen-eatp/core/plugin';
import type { StoreEvent } from '@kaizen-eatp/core/store';
import { describe, expect, it, vi } from 'vitest';
import { CARELESS, expectNothingUnhandled } from '../../../../test/careless.js';
import { never, rejection, World } from './world.js';

expectNothingUnhandled();

describe.each(CARELESS)('a callback that %s ends no process', (_what, careless) => {
  it('as a watcher of the memory store: the write is done, and the others hear of it', async () => {
    const store = new MemoryTrustStore();
    const heard: StoreEvent[] = [];
    store.watch(careless as never);
    store.watch((event) => heard.push(event));
    await store.commit([
      {
        op: 'revoke',
        revocation: { kind: 'agent', subjectId: 'agent-alice', reason: 'x', at: '2026-01-05T09:00:00+00:00' },
      },
    ]);
    expect(heard).toMatchObject([{ type: 'revoked' }]);
  });

  it('as onEvent: the run goes on', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const onEvent = careless as (event: RunEvent) => unknown;
    const { result } = await world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), { onEvent });
    expect(result).toBe(1);
  });

  it('as an evaluator: the action is denied', async () => {
    const evaluator = defineConstraint({ label: 'careful', evaluate: careless as never });
    const world = await World.make({ constraintEvaluators: [evaluator] });
    const work = vi.fn();
    const alice = await world.agent('alice', work, { constraints: ['careful'] });
    const settings = { requireTrust: false };
    const run = world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), { settings });
    expect((await rejection(run)).code).toBe('VERIFICATION_DENIED');
    expect((await rejection(alice.run(1))).code).toBe('VERIFICATION_DENIED');
    expect(work).not.toHaveBeenCalled();
  });

  it.each(['beforeVerify', 'afterVerify'])('as the hook %s: the action is denied', async (hook) => {
    const world = await World.make({ hooks: { [hook]: careless } });
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    const settings = { requireTrust: false };
    const run = world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), { settings });
    expect((await rejection(run)).code).toBe('VERIFICATION_DENIED');
    expect(work).not.toHaveBeenCalled();
  });

  it('as a listener to the store: revocations still stop what is running', async () => {
    const world = await World.make();
    world.trust.watch(careless as never);
    const alice = await world.agent('alice', () => {
      void world.trust.revoke({ agentId: 'agent-alice', reason: 'lost' });
      return never();
    });
    const run = world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    expect((await rejection(run)).code).toBe('REVOKED');
  });

  it('as a listener of the signal: the call ends all the same', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', (_input: unknown, { signal }: InvocationContext) => {
      // An EventTarget reports what a listener throws as an uncaught exception, so only rejections are ours.
      signal.addEventListener('abort', () => {
        const made = new Promise((resolve) => resolve(undefined));
        void made.then(careless).catch(() => undefined);
      });
      return never();
    });
    const run = world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1, { timeout: 5 }));
    expect((await rejection(run)).code).toBe('EXECUTION_TIMEOUT');
  });

  it('as the clock: nothing is allowed', async () => {
    const clock = { now: (): number => Date.now() };
    const world = await World.make({ clock });
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    clock.now = careless as never;
    const run = world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    expect((await rejection(run)).message).toContain('The clock does not say the time');
    expect((await rejection(alice.run(1))).code).toBe('INVALID_ARGUMENT');
    expect(work).not.toHaveBeenCalled();
  });

  it('as an agent that was left behind', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', async () => {
      await new Promise((resolve) => setTimeout(resolve, 15));
      return careless();
    });
    const run = world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1, { timeout: 5 }));
    expect((await rejection(run)).code).toBe('EXECUTION_TIMEOUT');
    await new Promise((resolve) => setTimeout(resolve, 25));
  });
});

describe('what an agent asks for and never looks at ends no process', () => {
  it.each([
    ['in a run', true],
    ['outside runs', false],
  ])('%s', async (_where, isInRun) => {
    const world = await World.make();
    const bob = await world.agent('bob');
    const alice = await world.agent('alice', (_input: unknown, context: InvocationContext) => {
      void context.callTool('no such tool');
      void context.invoke(bob, 1);
      void context.invoke(bob, () => 1);
      void context.delegate(bob, { capabilities: ['pay'] });
      return 'done';
    });
    if (isInRun) await world.execute([alice, bob], ({ agents: [a], invoke }) => invoke(a!, 1));
    else expect(await alice.run(1)).toBe('done');
  });

  it('including a run whose handle is dropped and a nested run that is not awaited', async () => {
    const world = await World.make();
    const bob = await world.agent('bob', () => Promise.reject(new Error('no')));
    const inner = world.runtime([bob], ({ agents: [b], invoke }) => invoke(b!, 1));
    const alice = await world.agent('alice', (_input: unknown, context: InvocationContext) => {
      inner.start(1, { pattern: 'probe', within: context });
      return 'done';
    });
    const { result } = await world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    expect(result).toBe('done');
    world.start([bob], ({ agents: [b], invoke }) => invoke(b!, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
