import { randomBytes } from 'node:crypto';
import { MemoryTrustStore } from '@kaizen-eatp/core';
import { jsonMember } from '@kaizen-eatp/core/records';
import { expect, it, vi } from 'vitest';
import { CLOSE } from '../src/protocol/close-codes.js';
import { encodeFrame } from '../src/protocol/frame-codec.js';
import { FRAME } from '../src/protocol/frame-types.js';
import { bridgeWorld } from './support/bridge-world.js';
import { keysFor, RawWorker, type SealedJoin } from './support/raw-worker.js';

const refusal = (frame: unknown): unknown => (frame as [number, { code: string }])[1].code;

it('lets an agent in with a token, gives it a chain that binds its key, and knows it again without one', async () => {
  const { bridge, trust, token } = await bridgeWorld();
  const agents = keysFor('alice');
  const joined: unknown[] = [];
  bridge.on('joined', ({ agent, agentId }) => joined.push([agent, agentId]));

  const first = await RawWorker.connect(bridge.url);
  const welcome = await first.login({ agents, token: await token('alice') });
  expect(welcome?.[1]).toMatchObject({ received: 0, agents: { alice: { agent_id: 'agent-alice' } } });
  const chain = await trust.getChain('agent-alice');
  expect(jsonMember(chain?.genesis.metadata, 'bridge_public_key')).toBe(agents.alice.publicKey);
  expect(bridge.agent('alice').capabilities).toEqual(['work']);
  expect(joined).toEqual([['alice', 'agent-alice']]);
  first.close();

  const second = await RawWorker.connect(bridge.url);
  expect((await second.login({ agents }))?.[0]).toBe(FRAME.welcome);
  expect((await trust.getChain('agent-alice'))?.genesis.id).toBe(chain?.genesis.id);
});

it('answers calls through the guardless stub, and counts nothing that it should not', async () => {
  const { bridge, token } = await bridgeWorld();
  const agents = keysFor('alice');
  const worker = await RawWorker.connect(bridge.url);
  await worker.login({ agents, token: await token('alice') });
  void worker.serve((input, agent) => ({ agent, input }));
  expect(await bridge.agent('alice').run({ a: 1 })).toEqual({ agent: 'alice', input: { a: 1 } });
  expect(bridge.counters).toEqual({ refused: {}, violations: {}, duplicates: 0, crowdedOut: 0 });
});

it('refuses an agent without a chain and without a token', async () => {
  const { bridge } = await bridgeWorld();
  const worker = await RawWorker.connect(bridge.url);
  expect(refusal(await worker.login({ agents: keysFor('alice') }))).toBe('AGENT_UNKNOWN');
  expect((await worker.untilClosed()).code).toBe(4401);
  expect(bridge.counters.refused).toEqual({ AGENT_UNKNOWN: 1 });
});

it('takes a token once: again from the same keys, never from others', async () => {
  const { bridge, token, trust } = await bridgeWorld();
  const text = await token('alice');
  const agents = keysFor('alice');
  for (let i = 0; i < 2; i++) {
    const worker = await RawWorker.connect(bridge.url);
    expect((await worker.login({ agents, token: text }))?.[0]).toBe(FRAME.welcome);
  }
  await trust.revoke({ agentId: 'agent-alice', reason: 'the test goes on' });
  const mallory = await RawWorker.connect(bridge.url);
  expect(refusal(await mallory.login({ agents: keysFor('alice'), token: text }))).toBe('TOKEN_INVALID');
});

it('refuses a token that has expired, is for others, is unknown, or is none', async () => {
  const { bridge, token, acme } = await bridgeWorld();
  const unknown = await (await bridgeWorld()).token('alice');
  const forBob = await token('bob');
  const agents = { alice: {} };
  const expired = await bridge.createEnrolmentToken({ authorityId: acme.id, agents, expiresIn: 1 });
  await new Promise((resolve) => setTimeout(resolve, 10));
  const messages: unknown[] = [];
  for (const bad of [expired, forBob, unknown, 'eatp1_AAAA', 'hunter2']) {
    const worker = await RawWorker.connect(bridge.url);
    const end = await worker.login({ agents: keysFor('alice'), token: bad });
    expect(refusal(end)).toBe('TOKEN_INVALID');
    messages.push((end as unknown as [0, { message: string }])[1].message);
  }
  expect(messages).toEqual([
    expect.stringContaining('it has expired'),
    "the enrolment token is not for an agent 'alice', but for 'bob'",
    expect.stringContaining('unknown'),
    expect.stringContaining('no token'),
    expect.stringContaining('no token'),
  ]);
  expect(bridge.counters.refused).toEqual({ TOKEN_INVALID: 5 });
}, 20_000);

it('refuses a token of which all is right but the secret', async () => {
  const { bridge, token } = await bridgeWorld();
  const prefix = 'eatp1_';
  const content = JSON.parse(
    Buffer.from((await token('alice')).slice(prefix.length), 'base64url').toString(),
  );
  const guess = Buffer.from(JSON.stringify({ ...content, secret: 'x'.repeat(43) })).toString('base64url');
  const worker = await RawWorker.connect(bridge.url);
  const end = await worker.login({ agents: keysFor('alice'), token: prefix + guess });
  expect(end?.[1]).toMatchObject({
    code: 'TOKEN_INVALID',
    message: expect.stringContaining('it is unknown'),
  });
});

it('refuses an agent that is named twice', async () => {
  const { bridge, trust, token } = await bridgeWorld();
  const worker = await RawWorker.connect(bridge.url);
  const end = await worker.login({ agents: keysFor('alice'), token: await token('alice'), twice: true });
  expect(end?.[1]).toMatchObject({ code: 'AGENT_UNKNOWN', message: 'an agent is named twice' });
  expect(await trust.getChain('agent-alice')).toBeUndefined();
});

it('refuses an agent whose trust has expired, although its key is the right one', async () => {
  const { bridge, trust, acme } = await bridgeWorld();
  const agents = keysFor('alice');
  await trust.establish({
    agentId: 'agent-alice',
    authorityId: acme.id,
    capabilities: [],
    metadata: { bridge_public_key: agents.alice.publicKey },
    expiresAt: new Date(Date.now() + 150),
  });
  const early = await RawWorker.connect(bridge.url);
  expect((await early.login({ agents }))?.[0]).toBe(FRAME.welcome);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const late = await RawWorker.connect(bridge.url);
  expect(refusal(await late.login({ agents }))).toBe('AGENT_NOT_TRUSTED');
});

it('grants what the token offers, or less, never more', async () => {
  const { bridge, trust, acme } = await bridgeWorld();
  const token = (): Promise<string> =>
    bridge.createEnrolmentToken({
      authorityId: acme.id,
      agents: { alice: { capabilities: ['read_data', 'write_data'], constraints: ['no_delegation'] } },
    });
  const agents = keysFor('alice');
  const greedy = await RawWorker.connect(bridge.url);
  const more = await greedy.login({ agents, token: await token(), capabilities: { alice: ['admin'] } });
  expect(refusal(more)).toBe('CAPABILITY_NOT_OFFERED');
  expect(await trust.getChain('agent-alice')).toBeUndefined();
  const modest = await RawWorker.connect(bridge.url);
  await modest.login({ agents, token: await token(), capabilities: { alice: ['read_data'] } });
  const agent = bridge.agent('alice');
  expect([agent.capabilities, agent.effectiveConstraints]).toEqual([['read_data'], ['no_delegation']]);
});

it('leaves a token unused if the join is refused, whatever the reason, and uses it once agents have their chains', async () => {
  const store = new MemoryTrustStore();
  const { bridge, trust, token } = await bridgeWorld({}, { store });
  const login = async (login: Parameters<RawWorker['login']>[0]): Promise<unknown> => {
    const end = await (await RawWorker.connect(bridge.url)).login(login);
    return end?.[0] === FRAME.welcome ? 'welcome' : refusal(end);
  };
  await login({ agents: keysFor('carol'), token: await token('carol') });
  await trust.revoke({ agentId: 'agent-carol', reason: 'she left' });
  const text = await token('alice', 'bob', 'carol');
  const greedy = { alice: ['work'], bob: ['admin'] };
  expect(await login({ agents: keysFor('alice', 'bob'), token: text, capabilities: greedy })).toBe(
    'CAPABILITY_NOT_OFFERED',
  );
  expect(await trust.getChain('agent-alice')).toBeUndefined();
  expect(await login({ agents: keysFor('carol'), token: text })).toBe('AGENT_NOT_TRUSTED');
  expect(await login({ agents: keysFor('mallory', 'alice'), token: text })).toBe('TOKEN_INVALID');
  const full = vi.spyOn(store, 'commit').mockRejectedValueOnce(new Error('the disk is full'));
  expect(await login({ agents: keysFor('alice'), token: text })).toBe('OVERLOADED');
  expect(full).toHaveBeenCalled();
  expect(await login({ agents: keysFor('alice', 'bob'), token: text })).toBe('welcome');
  expect(await login({ agents: keysFor('carol'), token: text })).toBe('TOKEN_INVALID');
});

it('lets one of several workers in that bring the same token at the same time', async () => {
  const { bridge, token } = await bridgeWorld();
  const text = await token('alice', 'bob');
  const attempts = Array.from({ length: 5 }, async (_, i) => {
    const worker = await RawWorker.connect(bridge.url);
    // Every second one asks for more than the token offers, and must not be in the way of the others.
    const capabilities = i % 2 ? { alice: ['admin'] } : undefined;
    const end = await worker.login({ agents: keysFor('alice', 'bob'), token: text, capabilities });
    return end?.[0] === FRAME.welcome ? 'welcome' : (refusal(end) as string);
  });
  const ends = await Promise.all(attempts);
  expect(ends.filter((end) => end === 'welcome')).toHaveLength(1);
  const others = ends.filter((end) => end !== 'welcome');
  expect(new Set([...others, 'KEY_MISMATCH', 'TOKEN_INVALID', 'CAPABILITY_NOT_OFFERED']).size).toBe(3);
});

it('refuses another key than the one in the chain, and a signature by another key', async () => {
  const { bridge, token } = await bridgeWorld();
  const agents = keysFor('alice');
  await (await RawWorker.connect(bridge.url)).login({ agents, token: await token('alice') });

  const mallory = await RawWorker.connect(bridge.url);
  expect(refusal(await mallory.login({ agents: keysFor('alice') }))).toBe('KEY_MISMATCH');

  const thief = await RawWorker.connect(bridge.url);
  const { privateKey } = keysFor('mallory').mallory;
  const stolen = { alice: { publicKey: agents.alice.publicKey, privateKey } };
  expect(refusal(await thief.login({ agents: stolen }))).toBe('SIGNATURE_INVALID');
});

it('refuses a JOIN in which any byte was changed', async () => {
  const { bridge, token } = await bridgeWorld();
  const agents = keysFor('alice');
  await (await RawWorker.connect(bridge.url)).login({ agents, token: await token('alice') });
  const changes = [
    (join: SealedJoin) => join.body.set([(join.body.at(-3) as number) ^ 1], join.body.length - 3),
    (join: SealedJoin) => join.signatures.alice?.set([1], 5),
  ];
  for (const change of changes) {
    const worker = await RawWorker.connect(bridge.url);
    const end = await worker.login({ agents, forge: (join) => void change(join) });
    expect([FRAME.refuse, undefined]).toContain(end?.[0]);
    expect([4400, 4401]).toContain((await worker.untilClosed()).code);
  }
  expect(Object.keys(bridge.counters.refused)).toEqual(['SIGNATURE_INVALID']);
});

it('refuses a login that was recorded: the nonces differ', async () => {
  const { bridge, token } = await bridgeWorld();
  const agents = keysFor('alice');
  const recorded: Buffer[] = [];
  const honest = await RawWorker.connect(bridge.url);
  const send = honest.socket.send.bind(honest.socket);
  honest.socket.send = ((data: Buffer) => {
    recorded.push(data);
    send(data);
  }) as never;
  await honest.login({ agents, token: await token('alice') });
  expect(recorded).toHaveLength(2);

  const replay = await RawWorker.connect(bridge.url);
  replay.sendRaw(recorded[0] as Buffer);
  await replay.next(FRAME.challenge);
  replay.sendRaw(recorded[1] as Buffer);
  expect(refusal(await replay.next(FRAME.welcome, FRAME.refuse))).toBe('SIGNATURE_INVALID');
});

it.each([
  [[1], 'pip install --upgrade kaizen-eatp-bridge'],
  [[5, 6], 'npm install @kaizen-eatp/bridge-python@latest'],
])('refuses the versions %j of the protocol, and names its own with a remedy', async (versions, remedy) => {
  const { bridge } = await bridgeWorld();
  const worker = await RawWorker.connect(bridge.url);
  const end = await worker.login({ agents: keysFor('alice'), versions });
  expect(end?.[1]).toMatchObject({
    code: 'VERSION_UNKNOWN',
    message: expect.stringContaining('the bridge version 4'),
    remedy: expect.stringContaining(remedy),
  });
});

it('refuses a session that it does not know, and one of other agents', async () => {
  const { bridge, token } = await bridgeWorld();
  const session = randomBytes(16);
  const agents = keysFor('alice');
  const stranger = await RawWorker.connect(bridge.url);
  const text = await token('alice');
  expect(refusal(await stranger.login({ agents, token: text, session, resume: true }))).toBe(
    'SESSION_UNKNOWN',
  );
  await (await RawWorker.connect(bridge.url)).login({ agents, token: text, session });
  const mallory = await RawWorker.connect(bridge.url);
  const other = { agents: keysFor('mallory'), token: await token('mallory'), session, resume: true };
  expect(refusal(await mallory.login(other))).toBe('SESSION_TAKEN');
});

it('refuses an agent whose trust was revoked, and lets go of one that is there', async () => {
  const { bridge, token, trust } = await bridgeWorld();
  const agents = keysFor('alice');
  const left: unknown[] = [];
  bridge.on('left', ({ agent, reason }) => left.push([agent, reason]));
  await (await RawWorker.connect(bridge.url)).login({ agents, token: await token('alice') });
  await trust.revoke({ agentId: 'agent-alice', reason: 'she left' });
  await expect.poll(() => left).toEqual([['alice', 'its trust was revoked']]);
  const again = await RawWorker.connect(bridge.url);
  expect(refusal(await again.login({ agents }))).toBe('AGENT_UNKNOWN');
});

it('refuses web pages, and tells a browser what this is', async () => {
  const { bridge } = await bridgeWorld();
  await expect(RawWorker.connect(bridge.url, { origin: 'https://evil.example' })).rejects.toThrow();
  const answer = await fetch(bridge.url.replace('ws:', 'http:'));
  expect([answer.status, await answer.text()]).toEqual([426, expect.stringContaining('WebSocket')]);
});

it('answers failed logins later each time, and an honest one at once', async () => {
  const { bridge, token } = await bridgeWorld();
  const agents = keysFor('alice');
  const delays: number[] = [];
  for (let i = 0; i < 3; i++) {
    const worker = await RawWorker.connect(bridge.url);
    const before = performance.now();
    await worker.login({ agents: keysFor('alice'), token: 'wrong' });
    delays.push(performance.now() - before);
  }
  expect(delays[0]).toBeGreaterThan(200);
  expect(delays[1]).toBeGreaterThan((delays[0] as number) * 1.5);
  expect(delays[2]).toBeGreaterThan((delays[1] as number) * 1.5);
  const honest = await RawWorker.connect(bridge.url);
  const before = performance.now();
  await honest.login({ agents, token: await token('alice') });
  expect(performance.now() - before).toBeLessThan(delays[2] as number);
  // A worker that was let in has shown that it does not guess.
  const again = await RawWorker.connect(bridge.url);
  const then = performance.now();
  await again.login({ agents: keysFor('alice'), token: 'wrong' });
  expect(performance.now() - then).toBeLessThan(delays[1] as number);
});

it('says why it refuses also where the answer comes later than a login may take', async () => {
  const { bridge } = await bridgeWorld();
  const attempts = Array.from({ length: 6 }, async () => {
    const worker = await RawWorker.connect(bridge.url);
    return refusal(await worker.login({ agents: keysFor('alice'), token: 'wrong' }));
  });
  // The sixth is answered after 8 s.
  expect(await Promise.all(attempts)).toEqual(Array(6).fill('TOKEN_INVALID'));
}, 60_000);

it('refuses a login that says two things at once', async () => {
  const { bridge } = await bridgeWorld();
  const worker = await RawWorker.connect(bridge.url);
  const hello = {
    versions: [4],
    session: randomBytes(16),
    resume: false,
    received: 0,
    nonce: randomBytes(32),
    software: 'x',
  };
  worker.sendRaw(Buffer.concat([encodeFrame(FRAME.hello, hello), encodeFrame(FRAME.ping, 1)]));
  expect((await worker.untilClosed()).code).toBe(CLOSE.malformed);
});

it('hears a session on its newest connection only', async () => {
  const { bridge, token } = await bridgeWorld();
  const agents = keysFor('alice');
  const session = randomBytes(16);
  const older = await RawWorker.connect(bridge.url);
  await older.login({ agents, session, token: await token('alice') });
  const newer = await RawWorker.connect(bridge.url);
  expect((await newer.login({ agents, session, resume: true }))?.[0]).toBe(FRAME.welcome);
  expect((await older.untilClosed()).code).toBe(CLOSE.superseded);
  void newer.serve((input) => input);
  expect(await bridge.agent('alice').run('still there')).toBe('still there');
});
