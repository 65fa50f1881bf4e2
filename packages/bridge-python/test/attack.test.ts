import { connect, type Socket } from 'node:net';
import { PythonBridge } from '@kaizen-eatp/bridge-python';
import { generateKeyPair, MemoryTrustStore, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import type { ReadRequest } from '@kaizen-eatp/core/store';
import { Packr } from 'msgpackr';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Worker } from '../src/calls/worker.js';
import { LOGIN_TIME } from '../src/listener.js';
import { FRAME } from '../src/protocol/frame-types.js';
import { internalsOf } from '../src/python-bridge.js';
import { bridgeWorld } from './support/bridge-world.js';
import { nodeMemory } from './support/node-memory.js';
import { keysFor, RawWorker } from './support/raw-worker.js';

const packr = new Packr({ useRecords: false });
const at = (url: string): { host: string; port: number } => {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
};

/** The code of the error that the agent threw, or else of the error itself. */
const codeOf = (error: { code: string; cause?: { code: string } }): string =>
  error.code === 'AGENT_FAILED' ? (error.cause?.code as string) : error.code;

/** A worker that is logged in with one agent, alice. */
async function loggedIn(options: Parameters<typeof bridgeWorld>[0] = {}) {
  const world = await bridgeWorld(options);
  const agents = keysFor('alice');
  const worker = await RawWorker.connect(world.bridge.url);
  const token = await world.token('alice');
  expect((await worker.login({ agents, token }))?.[0]).toBe(FRAME.welcome);
  return { ...world, agents, worker };
}

it.each(['0.0.0.0', '::', '10.1.2.3', 'example.org'])('does not listen on %s without TLS', async (host) => {
  const { trust } = await bridgeWorld();
  await expect(PythonBridge.listen({ trust, host })).rejects.toMatchObject({
    code: 'BRIDGE_INSECURE',
    message: expect.stringContaining('tls: { cert, key }'),
  });
});

const bin = (size: number): Buffer => Buffer.alloc(size, 1);
it.each<[string, readonly unknown[] | Buffer, number]>([
  ['bytes that are no MessagePack', Buffer.from('c1', 'hex'), 4400],
  ['half a frame', packr.pack([20, 1, {}]).subarray(0, 2), 4400],
  ['a frame and half of another', Buffer.concat([packr.pack([0, 0]), Buffer.from('93', 'hex')]), 4400],
  ['an array that says it is huge', Buffer.from('ddffffffff', 'hex'), 4400],
  ['a map for a frame', Buffer.from('8101a161', 'hex'), 4400],
  ['a frame that is no array', Buffer.from('a161', 'hex'), 4400],
  ['an unknown type', [99, 1, {}], 4400],
  ['the type of another direction', [FRAME.welcome, { received: 0, agents: {} }], 4400],
  ['a second HELLO', [FRAME.hello, {}], 4400],
  ['a second JOIN', [FRAME.join, { body: bin(3), signatures: {} }], 4400],
  ['a field missing', [FRAME.result, 1, { call: 1 }], 4400],
  ['a field of the wrong kind', [FRAME.result, 1, { call: 'one', output: bin(1) }], 4400],
  ['a number that is none', [FRAME.result, -1, { call: 1, output: bin(1) }], 4400],
  [
    'more frames than fit into a message',
    Buffer.concat(Array(40_000).fill(packr.pack([FRAME.ping, 1]))),
    4400,
  ],
  ['an acknowledgement of what was never sent', [FRAME.ack, 5], 4400],
  ['a number out of order', [FRAME.result, 2, { call: 1, output: bin(1) }], 4409],
  ['the number zero', [FRAME.result, 0, { call: 1, output: bin(1) }], 4409],
])('refuses, and counts, %s', async (_what, frame, code) => {
  const { bridge, worker } = await loggedIn();
  if (Buffer.isBuffer(frame)) worker.sendRaw(frame);
  else worker.sendFrame(frame);
  expect((await worker.untilClosed()).code).toBe(code);
  expect(bridge.counters.violations).toEqual({ [code === 4409 ? 'gap' : 'malformed']: 1 });
});

it('refuses a WebSocket text message', async () => {
  const { worker } = await loggedIn();
  worker.socket.send('[20,1,{}]');
  expect((await worker.untilClosed()).code).toBe(4400);
});

it('refuses a message that is too large', async () => {
  const { worker } = await loggedIn({ maxMessageBytes: 65_536 });
  worker.send(FRAME.progress, { call: 1, value: bin(70_000) });
  expect((await worker.untilClosed()).code).toBe(1009);
});

it('ends those who send much before they said who they are', async () => {
  const { bridge } = await bridgeWorld();
  const stranger = await RawWorker.connect(bridge.url);
  // A message that never ends, in fragments.
  for (let i = 0; i < 10; i++) stranger.socket.send(bin(16_384), { fin: false });
  expect((await stranger.untilClosed()).code).toBe(1006);
});

it('drops what came already, without taking it again', async () => {
  const { bridge, worker } = await loggedIn();
  const call = bridge.agent('alice').run('once');
  const [, , { call: number }] = (await worker.next(FRAME.invoke)) as never as [0, 0, { call: number }];
  const bytes = worker.send(FRAME.result, { call: number, output: packr.pack('answer') });
  worker.sendRaw(bytes);
  worker.sendRaw(bytes);
  expect(await call).toBe('answer');
  await expect.poll(() => bridge.counters.duplicates).toBe(2);
  expect(worker.closed).toBeUndefined();
});

it('ignores fields that it does not know, and answers for calls that it does not have', async () => {
  const { bridge, worker } = await loggedIn();
  worker.send(FRAME.result, { call: 77, output: packr.pack('unasked'), colour: 'green' });
  worker.send(FRAME.fail, {
    call: 78,
    code: 'EXCEPTION',
    type: 'E',
    message: 'm',
    traceback: '',
    remedy: '',
  });
  worker.send(FRAME.cancel, { call: 79, reason: 'none' });
  void worker.serve((input) => input);
  expect(await bridge.agent('alice').run('still there')).toBe('still there');
});

/** A bridge that serves one agent, and a way in. */
async function serving(agent: () => unknown, options: { maxMessageBytes?: number; heartbeat?: number } = {}) {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const translator = new TrustedAgent({ name: 'translator', trust, agent });
  await translator.establishTrust({ authorityId: acme.id, capabilities: [] });
  const bridge = await PythonBridge.listen({ trust, serves: [translator], ...options });
  onTestFinished(() => bridge.close({ drain: 0 }));
  const join = async (...names: string[]): Promise<RawWorker> => {
    const worker = await RawWorker.connect(bridge.url);
    const agents = Object.fromEntries(names.map((name) => [name, {}]));
    const token = await bridge.createEnrolmentToken({ authorityId: acme.id, agents });
    expect((await worker.login({ agents: keysFor(...names), token }))?.[0]).toBe(FRAME.welcome);
    return worker;
  };
  return { bridge, join };
}

interface Answer {
  readonly call: number;
  readonly code?: string;
  readonly message?: string;
}

it('sends the fields of the protocol with a call, and no others that code gave it', async () => {
  const { bridge, token } = await bridgeWorld();
  const seated = new Promise<Worker>((resolve) => internalsOf(bridge as never).onSeat(resolve));
  const worker = await RawWorker.connect(bridge.url);
  await worker.login({ agents: keysFor('alice'), token: await token('alice') });
  const seat = await seated;
  const number = seat.nextCall();
  const stray = {
    secret: 'of the host',
    proof: { invocation: 'i', chains: [], authorities: [], bindings: [], key: 'k' },
  };
  const call = seat.call({ number, agent: 'alice', input: packr.pack(1), attempt: 2, ...stray });
  const [, , fields] = (await worker.next(FRAME.invoke)) as never as [0, 0, Record<string, unknown>];
  expect(Object.keys(fields)).toEqual(['call', 'agent', 'input', 'proof', 'attempt']);
  expect(Object.keys(fields.proof as object)).toEqual(['invocation', 'chains', 'authorities', 'bindings']);
  worker.send(FRAME.result, { call: number, output: packr.pack(2) });
  expect(await call).toBe(2);
});

it('lets a worker call what the bridge serves, as its own agents, and nothing else', async () => {
  const { bridge, join } = await serving(() => 'bonjour');
  const worker = await join('alice', 'carol');
  await join('bob');
  let calls = 0;
  const tell = async (call: object): Promise<Answer> => {
    calls += 1;
    worker.send(FRAME.invoke, { call: calls, input: packr.pack({}), ...call });
    return ((await worker.next(FRAME.fail, FRAME.result)) as never as [0, 0, Answer])[2];
  };
  const ask = async (call: object): Promise<unknown> => (await tell(call)).code ?? 'done';
  expect(await ask({ agent: 'translator', as: 'alice' })).toBe('done');
  expect(await ask({ agent: 'bob', as: 'alice' })).toBe('NOT_FOUND');
  expect(await ask({ agent: 'constructor', as: 'alice' })).toBe('NOT_FOUND');
  // In the name of an agent that another worker serves.
  expect(await ask({ agent: 'translator', as: 'bob' })).toBe('DENIED');
  // In the course of a call that is not there, or is not its own.
  expect(await ask({ agent: 'translator', as: 'alice', within: 77 })).toBe('DENIED');
  const underWay = bridge.agent('alice').run('think');
  const [, , { call }] = (await worker.next(FRAME.invoke)) as never as [0, 0, { call: number }];
  expect(await tell({ agent: 'translator', as: 'carol', within: call })).toMatchObject({
    code: 'DENIED',
    message: `call ${call} of 'carol' is not in progress`,
  });
  expect(await ask({ agent: 'translator', as: 'alice', within: call })).toBe('done');
  worker.send(FRAME.result, { call, output: packr.pack('thought') });
  expect(await underWay).toBe('thought');
  // It is over.
  expect(await ask({ agent: 'translator', as: 'alice', within: call })).toBe('DENIED');
});

it('says that what an agent returned is too large for a message, and goes on', async () => {
  const { join } = await serving(() => 'x'.repeat(70_000), { maxMessageBytes: 65_536 });
  const worker = await join('alice');
  for (const call of [1, 2]) {
    worker.send(FRAME.invoke, { call, agent: 'translator', as: 'alice', input: packr.pack({}) });
    const [, , told] = (await worker.next(FRAME.fail, FRAME.result)) as never as [0, 0, Answer];
    expect(told).toMatchObject({
      call,
      code: 'TOO_LARGE',
      message: 'it is 70005 bytes, and a message may have 65536',
      remedy: expect.stringContaining('maxMessageBytes'),
    });
  }
});

it('takes no more than 1,024 calls of a worker at a time', async () => {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  // The worker says nothing while the calls begin, which takes long on a busy machine.
  const { join } = await serving(() => ended, { heartbeat: 600_000 });
  const worker = await join('alice');
  for (let call = 1; call <= 1_025; call++)
    worker.send(FRAME.invoke, { call, agent: 'translator', as: 'alice', input: packr.pack({}) });
  const [, , late] = (await worker.next(FRAME.fail)) as never as [0, 0, Answer];
  expect(late).toMatchObject({ call: 1_025, code: 'OVERLOADED' });
  end();
  const answered = new Set<number>();
  while (answered.size < 1_024) {
    const [, number, body] = (await worker.next(FRAME.result)) as never as [0, number, Answer];
    answered.add(body.call);
    worker.sendFrame([FRAME.ack, number]);
  }
});

it('says so when too many calls wait', async () => {
  const { bridge, worker } = await loggedIn({ maxQueued: 2 });
  const calls = Array.from({ length: 260 }, () => bridge.agent('alice').run('work', { standalone: true }));
  const ends = Promise.allSettled(calls);
  const given = () => worker.frames.filter(([type]) => type === FRAME.invoke).length;
  await expect.poll(given).toBe(256);
  await bridge.close({ drain: 0 });
  const codes = (await ends).map((end) => codeOf((end as PromiseRejectedResult).reason));
  // 256 were given to the worker, two waited, two were too many.
  expect(codes.filter((code) => code === 'BRIDGE_OVERLOADED')).toHaveLength(2);
});

it('keeps serving while a thousand connections say nothing', async () => {
  const { bridge, token } = await bridgeWorld();
  const idle: Socket[] = [];
  onTestFinished(() => {
    for (const socket of idle) socket.destroy();
  });
  const open = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(at(bridge.url), resolve);
      // It can be ended to make room for another before it learns that it is connected.
      socket.on('error', () => resolve());
      // Every other one asks for a WebSocket, and says nothing then.
      if (idle.push(socket) % 2)
        socket.write(
          'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        );
      socket.resume();
    });
  for (let i = 0; i < 1_000; i += 50) await Promise.all(Array.from({ length: 50 }, open));
  const worker = await RawWorker.connect(bridge.url);
  const agents = keysFor('alice');
  expect((await worker.login({ agents, token: await token('alice') }))?.[0]).toBe(FRAME.welcome);
  void worker.serve((input) => input);
  expect(await bridge.agent('alice').run('hello')).toBe('hello');
  expect(bridge.counters.crowdedOut).toBeGreaterThanOrEqual(1_000 - 256);
  // Those that are left have their time, and no more.
  await new Promise((resolve) => setTimeout(resolve, LOGIN_TIME + 1_500));
  expect(idle.filter((socket) => !socket.destroyed && !socket.readableEnded)).toHaveLength(0);
  expect(worker.closed).toBeUndefined();
}, 30_000);

/** How much is held for calls to a worker that never reads, at the most, and how they end. */
async function heldFor(count: number): Promise<{ most: number; codes: string[] }> {
  const { bridge, worker } = await loggedIn({ heartbeat: 200, grace: 300 });
  (worker.socket as never as { _socket: Socket })._socket.pause();
  const input = 'x'.repeat(64 * 1024);
  const before = process.memoryUsage().arrayBuffers;
  const ends = Promise.allSettled(
    Array.from({ length: count }, () => bridge.agent('alice').run(input, { standalone: true })),
  );
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }, 20);
  const outcomes = await ends;
  clearInterval(watch);
  const codes = new Set(outcomes.map((end) => codeOf((end as PromiseRejectedResult).reason)));
  return { most, codes: [...codes].sort() };
}

it('does not let a peer that never reads grow the memory, nor wait for it for ever', async () => {
  const few = await heldFor(500);
  const many = await heldFor(3_000);
  expect(few.codes).toEqual(['AGENT_DISCONNECTED', 'AGENT_UNAVAILABLE']);
  expect(many.codes).toEqual(few.codes);
  // The bridge holds the calls that it gave to the worker, and not those that wait.
  expect(many.most).toBeLessThan(few.most * 2);
}, 90_000);

it('does not keep answers for a peer that asks and never reads', async () => {
  const { worker } = await loggedIn();
  const socket = (worker.socket as never as { _socket: Socket })._socket;
  socket.pause();
  const before = nodeMemory();
  // With each a hundred bytes that would come back.
  for (let i = 0; i < 100; i++) {
    for (let j = 0; j < 1_999; j++) worker.socket.ping(bin(100));
    await new Promise((resolve) => worker.socket.ping(bin(100), true, resolve));
  }
  expect(nodeMemory() - before).toBeLessThan(5_000_000);
}, 30_000);

it('keeps no pongs for a peer that pings and never reads', async () => {
  const { bridge, worker } = await loggedIn();
  const socket = (worker.socket as never as { _socket: Socket })._socket;
  socket.pause();
  const marker = worker.send(FRAME.cancel, { call: 79, reason: 'none' });
  const before = nodeMemory();
  const last = 999;
  const pings = Buffer.concat(Array(20_000).fill(packr.pack([FRAME.ping, last])));
  for (let i = 0; i < 400; i++) await new Promise((resolve) => worker.socket.send(pings, resolve));
  worker.sendRaw(marker);
  await expect.poll(() => bridge.counters.duplicates, { timeout: 60_000 }).toBe(1);
  // As pongs alone they would be 40 MB.
  expect(nodeMemory() - before).toBeLessThan(10_000_000);
  socket.resume();
  expect(await worker.next(FRAME.pong)).toEqual([FRAME.pong, last]);
}, 120_000);

it('takes no more than one large message of a flood of progress in a turn of its event loop', async () => {
  const { bridge, token } = await bridgeWorld();
  const seated = new Promise<Worker>((resolve) => internalsOf(bridge as never).onSeat(resolve));
  const worker = await RawWorker.connect(bridge.url);
  await worker.login({ agents: keysFor('alice'), token: await token('alice') });
  const seat = await seated;
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  count();
  const takenIn: number[] = [];
  const number = seat.nextCall();
  const onProgress = (): void => void takenIn.push(turns);
  const call = seat.call({ number, agent: 'alice', input: packr.pack(1), onProgress });
  await worker.next(FRAME.invoke);
  const value = packr.pack('x'.repeat(128 * 1024));
  for (let i = 0; i < 64; i++) worker.send(FRAME.progress, { call: number, value });
  worker.send(FRAME.result, { call: number, output: packr.pack(2) });
  expect(await call).toBe(2);
  isOver = true;
  expect(takenIn).toHaveLength(64);
  expect(new Set(takenIn).size).toBe(64);
}, 60_000);

it('does not wait for ever for a worker that left before it got its WELCOME', async () => {
  const store = new (class extends MemoryTrustStore {
    override async read(request: ReadRequest) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return super.read(request);
    }
  })();
  const { bridge, token } = await bridgeWorld({ grace: 100, joinTimeout: 300 }, { store });
  const left: unknown[] = [];
  bridge.on('left', ({ agent }) => left.push(agent));
  const worker = await RawWorker.connect(bridge.url);
  // Gone as soon as it has said who it is.
  const send = worker.socket.send.bind(worker.socket);
  let sent = 0;
  worker.socket.send = ((data: Buffer) => send(data, () => ++sent === 2 && worker.close())) as never;
  await worker.login({ agents: keysFor('alice'), token: await token('alice') });
  await expect.poll(() => left).toEqual(['alice']);
  await expect(bridge.agent('alice').run('work')).rejects.toMatchObject({
    cause: { code: 'AGENT_UNAVAILABLE' },
  });
});

it('connects no session that has ended before the login did', async () => {
  const grace = 20;
  const { bridge, token } = await bridgeWorld({ grace });
  const text = await token('alice');
  const begun = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  // The last look into the store before the session is connected.
  const refresh = vi.spyOn(TrustedAgent.prototype, 'refresh').mockImplementation(() => {
    begun.resolve();
    return held.promise as never;
  });
  onTestFinished(() => refresh.mockRestore());
  const worker = await RawWorker.connect(bridge.url);
  const login = worker.login({ agents: keysFor('alice'), token: text });
  await begun.promise;
  // The timer of the grace was set before this one, in the same process, so it fires first.
  await new Promise((resolve) => setTimeout(resolve, 2 * grace));
  held.resolve();
  expect(await login).toMatchObject([FRAME.refuse, { code: 'SESSION_UNKNOWN' }]);
  expect(bridge.workers).toEqual([]);
});

it('gives a session up after its grace, and reports the outcome of its calls as unknown', async () => {
  const { bridge, worker } = await loggedIn({ grace: 100 });
  const call = bridge.agent('alice').run('work');
  await worker.next(FRAME.invoke);
  worker.close();
  await expect(call).rejects.toMatchObject({
    code: 'AGENT_DISCONNECTED',
    evidence: { reason: 'it was away for more than 100 ms' },
  });
});

it('needs no more than its key to be known, and shows none', async () => {
  const { trust } = await bridgeWorld();
  const { privateKey, publicKey } = generateKeyPair();
  const bridge = await PythonBridge.listen({ trust, privateKey });
  onTestFinished(() => bridge.close({ drain: 0 }));
  expect(bridge.publicKey).toBe(publicKey);
  expect(JSON.stringify(bridge)).not.toContain(privateKey);
});

it('speaks TLS where it is asked to', async () => {
  const { trust } = await bridgeWorld();
  const { cert, key } = await import('./support/certificate.js').then((m) => m.selfSigned());
  const bridge = await PythonBridge.listen({ trust, host: '0.0.0.0', tls: { cert, key } });
  onTestFinished(() => bridge.close({ drain: 0 }));
  expect(bridge.url).toMatch(/^wss:/);
  const socket = new WebSocket(bridge.url.replace('0.0.0.0', '127.0.0.1'), {
    ca: cert,
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.terminate();
});
