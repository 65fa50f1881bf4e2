import * as crypto from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { FRAME } from '../src/protocol/frame-types.js';
import { bridgeWorld } from './support/bridge-world.js';
import { keysFor, RawWorker } from './support/raw-worker.js';

const verified = vi.hoisted(() => ({ count: 0 }));
vi.mock('../src/login/transcript.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('../src/login/transcript.js')>();
  return {
    ...original,
    isSignedBy: (...args: Parameters<typeof original.isSignedBy>) => {
      verified.count += 1;
      return original.isSignedBy(...args);
    },
  };
});

const NAMES = Array.from({ length: 256 }, (_, i) => `agent-${i}`);
const code = (frame: unknown): string => (frame as [number, { code: string }])[1].code;

it('verifies no signature of a JOIN that could not be let in, and stops at the first that is invalid', async () => {
  const { bridge, token } = await bridgeWorld({ maxMessageBytes: 2 ** 20 });
  const agents = keysFor(...NAMES);
  const attempt = async (login: Parameters<RawWorker['login']>[0]): Promise<[string, number]> => {
    verified.count = 0;
    const worker = await RawWorker.connect(bridge.url);
    const end = await worker.login(login);
    return [end?.[0] === FRAME.welcome ? 'welcome' : code(end), verified.count];
  };
  expect(await attempt({ agents })).toEqual(['AGENT_UNKNOWN', 0]);
  expect(await attempt({ agents, token: 'eatp1_bm8=' })).toEqual(['TOKEN_INVALID', 0]);
  const good = await token(...NAMES);
  const forge = (join: { signatures: Record<string, Buffer> }) => {
    join.signatures['agent-2'] = crypto.randomBytes(64);
    return join;
  };
  expect(await attempt({ agents, token: good, forge })).toEqual(['SIGNATURE_INVALID', 3]);
  // A JOIN that was refused did not use the token.
  expect(await attempt({ agents, token: good })).toEqual(['welcome', 256]);
}, 60_000);

it('refuses a worker that wants more calls at a time than any worker can have', async () => {
  const { bridge, token } = await bridgeWorld();
  const worker = await RawWorker.connect(bridge.url);
  void worker.login({ agents: keysFor('alice'), token: await token('alice'), maxInFlight: 65_537 });
  expect((await worker.untilClosed()).code).toBe(4400);
});

it('lets a slow login in while connections that say nothing keep coming', async () => {
  const { bridge, token } = await bridgeWorld({ maxPendingLogins: 32 });
  const { hostname, port } = new URL(bridge.url);
  const flood: Socket[] = [];
  let isOver = false;
  const flooding = (async () => {
    while (!isOver) {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      flood.push(socket);
      await sleep(1);
    }
  })();
  onTestFinished(async () => {
    isOver = true;
    await flooding;
    for (const socket of flood) socket.destroy();
  });
  await sleep(100);
  const agents = keysFor('alice');
  const slow = await RawWorker.connect(bridge.url);
  // Far more connections than there are places come between the steps of its login.
  const before = bridge.counters.crowdedOut;
  await expect.poll(() => bridge.counters.crowdedOut, { timeout: 20_000 }).toBeGreaterThan(before + 100);
  expect((await slow.login({ agents, token: await token('alice') }))?.[0]).toBe(FRAME.welcome);
}, 60_000);

it('refuses a revoked agent that brings the token it enrolled with, or a new one', async () => {
  const { bridge, token, trust } = await bridgeWorld();
  const agents = keysFor('alice');
  const used = await token('alice');
  const first = await RawWorker.connect(bridge.url);
  expect((await first.login({ agents, token: used }))?.[0]).toBe(FRAME.welcome);
  await trust.revoke({ agentId: 'agent-alice', reason: 'compromised' });
  for (const text of [used, await token('alice')]) {
    const again = await RawWorker.connect(bridge.url);
    expect(code(await again.login({ agents, token: text }))).toBe('AGENT_NOT_TRUSTED');
  }
  const { valid } = await trust.verify({ agentId: 'agent-alice', action: 'work' });
  expect(valid).toBe(false);
});

it('enrols agents that have the names of members of every object', async () => {
  const { bridge, token } = await bridgeWorld();
  const agents = keysFor('constructor', 'toString');
  const worker = await RawWorker.connect(bridge.url);
  const end = await worker.login({ agents, token: await token('constructor', 'toString'), capabilities: {} });
  expect(end?.[0]).toBe(FRAME.welcome);
});
