import type { InvocationContext } from '@kaizen-eatp/core';
import { expect, it } from 'vitest';
import { FRAME } from '../src/protocol/frame-types.js';
import { internalsOf } from '../src/python-bridge.js';
import { bridgeWorld } from './support/bridge-world.js';
import { keysFor, RawWorker } from './support/raw-worker.js';

it('tells an agent which attempt it is and the key that all attempts share, if it is not the first', async () => {
  const { bridge, token } = await bridgeWorld();
  const worker = await RawWorker.connect(bridge.url);
  await worker.login({ agents: keysFor('alice'), token: await token('alice') });
  const alice = internalsOf(bridge as never).bareAgent('alice');
  const told = async (facts: Partial<InvocationContext>): Promise<unknown[]> => {
    const context = { invocationId: 'run/3#2', signal: new AbortController().signal, ...facts };
    const call = alice.run('work', context as InvocationContext);
    const [, number, body] = (await worker.next(FRAME.invoke)) as [number, number, Record<string, unknown>];
    worker.send(FRAME.result, { call: body.call as number, output: Buffer.from([0xc0]) });
    worker.sendFrame([FRAME.ack, number]);
    await call;
    return [body.attempt, body.idempotency_key];
  };
  expect(await told({ attempt: 1, idempotencyKey: 'run/3#2' })).toEqual([undefined, undefined]);
  expect(await told({ attempt: 2, idempotencyKey: 'run/3' })).toEqual([2, 'run/3']);
});
