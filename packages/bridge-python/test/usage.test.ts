import type { InvocationContext } from '@kaizen-eatp/core';
import { describe, expect, it } from 'vitest';
import { FRAME } from '../src/protocol/frame-types.js';
import { internalsOf } from '../src/python-bridge.js';
import { bridgeWorld } from './support/bridge-world.js';
import { keysFor, RawWorker } from './support/raw-worker.js';

type Usage = Parameters<InvocationContext['reportUsage']>[0];

async function invoked(reportUsage: (usage: Usage) => void) {
  const { bridge, token } = await bridgeWorld();
  const worker = await RawWorker.connect(bridge.url);
  await worker.login({ agents: keysFor('alice'), token: await token('alice') });
  const context = { invocationId: 'run/1', signal: new AbortController().signal, reportUsage };
  const outcome = internalsOf(bridge as never)
    .bareAgent('alice')
    .run('work', context as never as InvocationContext);
  const [, number, { call }] = (await worker.next(FRAME.invoke)) as [number, number, { call: number }];
  worker.sendFrame([FRAME.ack, number]);
  const finish = (): Promise<unknown> => {
    worker.send(FRAME.result, { call, output: Buffer.from([0xc0]) });
    return outcome;
  };
  return { worker, call, outcome, finish };
}

describe('the usage that a worker reports', () => {
  it('is counted for the call that it names, and for no other', async () => {
    const counted: Usage[] = [];
    const { worker, call, finish } = await invoked((usage) => void counted.push(usage));
    worker.send(FRAME.usage, { call, tokens: 3, cost: 0.25 });
    worker.send(FRAME.usage, { call: call + 1, tokens: 5, cost: 0 });
    worker.send(FRAME.usage, { call, tokens: 0, cost: 1 });
    await finish();
    expect(counted).toEqual([
      { tokens: 3, cost: 0.25 },
      { tokens: 0, cost: 1 },
    ]);
  });

  it('does not fail a call whose invocation has ended on this side', async () => {
    const { worker, call, finish } = await invoked(() => {
      throw new Error('ended');
    });
    worker.send(FRAME.usage, { call, tokens: 3, cost: 0 });
    expect(await finish()).toBe(null);
  });

  it.each([
    ['a negative amount', { tokens: -1, cost: 0 }],
    ['no number', { tokens: Number.NaN, cost: 0 }],
    ['an infinite amount', { tokens: 0, cost: Number.POSITIVE_INFINITY }],
    ['a text', { tokens: '3', cost: 0 }],
    ['a field too few', { tokens: 3 }],
  ])('that is %s ends the connection', async (_, amounts) => {
    const counted: Usage[] = [];
    const { worker, call, outcome } = await invoked((usage) => void counted.push(usage));
    outcome.catch(() => undefined);
    worker.send(FRAME.usage, { call, ...amounts });
    expect((await worker.untilClosed()).code).toBe(4400);
    expect(counted).toEqual([]);
  });
});
