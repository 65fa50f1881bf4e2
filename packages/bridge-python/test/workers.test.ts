import { expect, it } from 'vitest';
import { FRAME } from '../src/protocol/frame-types.js';
import { readSoftware } from '../src/worker-info.js';
import { bridgeWorld } from './support/bridge-world.js';
import { keysFor, RawWorker } from './support/raw-worker.js';

it('lists the workers of a pool, and says when each joins, drains and leaves', async () => {
  const { bridge, token } = await bridgeWorld();
  const seen: string[] = [];
  const at: string[] = [];
  for (const type of ['workerJoined', 'workerDraining', 'workerLeft'] as const)
    bridge.on(type, ({ worker }) => {
      seen.push(`${type} ${worker.state}`);
      at.push(worker.id);
    });
  const agents = keysFor('alice', 'bob');
  const login = { agents, token: await token('alice', 'bob'), maxInFlight: 7 };
  const [first, second] = [await RawWorker.connect(bridge.url), await RawWorker.connect(bridge.url)];
  await first.login(login);
  await second.login(login);
  await expect.poll(() => bridge.workers.length).toBe(2);
  expect(bridge.workers[0]).toMatchObject({
    agents: ['alice', 'bob'],
    state: 'connected',
    address: '127.0.0.1',
    verify: 'unknown',
    versions: {},
    inProgress: 0,
    maxInFlight: 7,
  });
  first.send(FRAME.drain, {});
  await expect.poll(() => bridge.workers.map(({ state }) => state)).toEqual(['draining', 'connected']);
  first.send(FRAME.bye, { reason: 'done' });
  await expect.poll(() => bridge.workers.length).toBe(1);
  second.close();
  await expect.poll(() => bridge.workers[0]?.state).toBe('away');
  expect(seen).toEqual([
    'workerJoined connected',
    'workerJoined connected',
    'workerDraining draining',
    'workerLeft draining',
  ]);
  expect(at[2]).toBe(at[0]);
});

it('reads what a worker says of itself, and nothing else that it could say', () => {
  expect(readSoftware('kaizen-eatp-bridge/0.1.0 python/3.12.1 kailash/2.63.0 pid/17 verify/full')).toEqual({
    versions: { 'kaizen-eatp-bridge': '0.1.0', python: '3.12.1', kailash: '2.63.0' },
    pid: 17,
    verify: 'full',
  });
  expect(readSoftware('verify/everything pid/x __proto__/1 a/b/c \u001b[31m/1')).toEqual({
    versions: JSON.parse('{"__proto__":"1"}'),
    pid: undefined,
    verify: 'unknown',
  });
});
