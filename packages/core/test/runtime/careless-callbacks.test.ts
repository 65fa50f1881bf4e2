import type { InvocationContext, RunEvent } from '@kaizen-eatp/core';
import { defineConstraint } from '@kaizen-eatp/core/plugin';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { never, rejection, World } from './world.js';

/** Everything that a user's function can do wrong. */
const CARELESS: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('careless');
    },
  ],
  ['rejects', () => Promise.reject(new Error('careless'))],
  [
    'returns a thenable that rejects',
    // biome-ignore lint/suspicious/noThenProperty: a bad thenable is what is tested
    () => ({ then: (_: unknown, reject: (e: unknown) => void) => reject(1) }),
  ],
  [
    'returns a thenable that throws',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: a bad thenable is what is tested
      get then(): never {
        throw new Error('careless');
      },
    }),
  ],
];

const unhandled = vi.fn();
const EVENTS = ['unhandledRejection', 'uncaughtException'] as const;
const others = new Map<string, NodeJS.UnhandledRejectionListener[]>();

beforeEach(() => {
  unhandled.mockClear();
  for (const event of EVENTS) {
    others.set(event, process.listeners(event as 'unhandledRejection'));
    process.removeAllListeners(event).on(event, unhandled);
  }
});

afterEach(async () => {
  // Node finds out about unhandled rejections once all microtasks are done.
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const event of EVENTS) {
    process.removeAllListeners(event);
    for (const listener of others.get(event) ?? []) process.on(event, listener);
  }
  expect(unhandled).not.toHaveBeenCalled();
});

describe.each(CARELESS)('a callback that %s ends no process', (_what, careless) => {
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
