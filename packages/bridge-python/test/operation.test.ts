import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PythonBridge } from '@kaizen-eatp/bridge-python';
import { TrustOperations } from '@kaizen-eatp/core';
import { expect, it, onTestFinished } from 'vitest';
import { loadBridgeKey } from '../src/login/bridge-key-file.js';
import { FRAME } from '../src/protocol/frame-types.js';
import { RELEASE } from '../src/version.js';
import { bridgeWorld } from './support/bridge-world.js';
import { keysFor, RawWorker } from './support/raw-worker.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'bridge-operation-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A port that was free a moment ago. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

async function opened(options: Partial<Parameters<typeof PythonBridge.listen>[0]>): Promise<string> {
  const bridge = await PythonBridge.listen({ trust: new TrustOperations(), ...options });
  await bridge.close({ drain: 0 });
  return bridge.publicKey;
}

it('a bridge keeps its key in a file that only its user can read, and has it again after a restart', async () => {
  const keyFile = join(folder(), 'deep', 'bridge.key');
  const first = await opened({ keyFile, port: await freePort() });
  expect(await opened({ keyFile, port: await freePort() })).toBe(first);
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  expect(await opened({ keyFile: false, port: await freePort() })).not.toBe(first);
});

it('a bridge on a port of 0 makes no key file, since no worker finds it again', async () => {
  const before = process.env.HOME;
  const home = folder();
  process.env.HOME = home;
  onTestFinished(() => {
    process.env.HOME = before;
  });
  await opened({});
  expect(existsSync(join(home, '.eatp'))).toBe(false);
  await opened({ port: await freePort() });
  expect(existsSync(join(home, '.eatp', 'bridge.key'))).toBe(true);
});

it('bridges that start together with one key file have the same key', async () => {
  const path = join(folder(), 'bridge.key');
  const keys = await Promise.all(Array.from({ length: 20 }, () => loadBridgeKey(path)));
  expect(new Set(keys).size).toBe(1);
});

it('a bridge refuses a key file that others can read, or that holds no key', async () => {
  const keyFile = join(folder(), 'bridge.key');
  const options = { keyFile, port: await freePort() };
  await opened(options);
  chmodSync(keyFile, 0o640);
  await expect(opened(options)).rejects.toMatchObject({
    code: 'BRIDGE_KEY_UNUSABLE',
    message: expect.stringContaining('chmod 600'),
  });
  chmodSync(keyFile, 0o600);
  writeFileSync(keyFile, 'not a key\n');
  await expect(opened(options)).rejects.toMatchObject({ code: 'BAD_KEY' });
});

it('answers GET /health and GET /ready, for the agents that are asked for', async () => {
  const { bridge, token } = await bridgeWorld();
  const http = bridge.url.replace('ws:', 'http:');
  const get = async (path: string): Promise<unknown[]> => {
    const response = await fetch(`${http}${path}`);
    return [response.status, await response.json()];
  };
  expect(await get('/health')).toEqual([200, { status: 'ok' }]);
  expect(await get('/ready')).toEqual([200, { ready: true }]);
  expect(await get('/ready?agent=alice&agent=bob')).toEqual([
    503,
    { ready: false, missing: ['alice', 'bob'] },
  ]);
  const worker = await RawWorker.connect(bridge.url);
  await worker.login({ agents: keysFor('alice'), token: await token('alice') });
  await expect.poll(() => get('/ready?agent=alice')).toEqual([200, { ready: true, missing: [] }]);
  worker.send(FRAME.drain, {});
  await expect.poll(() => get('/ready?agent=alice')).toEqual([503, { ready: false, missing: ['alice'] }]);
  expect((await fetch(`${http}/ready`, { method: 'POST' })).status).toBe(405);
});

it.each(['text', 'json'] as const)(
  'writes a log in the form %s, at the level that is asked for',
  async (format) => {
    const all: string[] = [];
    const warnings: string[] = [];
    const { bridge, token } = await bridgeWorld({ log: { format, write: (line) => all.push(line) } });
    const other = await bridgeWorld({ log: { format, level: 'warn', write: (line) => warnings.push(line) } });
    for (const [url, text] of [
      [bridge.url, await token('alice')],
      [other.bridge.url, await other.token('alice')],
    ] as const) {
      const worker = await RawWorker.connect(url);
      await worker.login({ agents: keysFor('alice'), token: text });
      await (await RawWorker.connect(url)).login({ agents: keysFor('eve') });
    }
    await expect.poll(() => [all.length, warnings.length]).toEqual([2, 1]);
    const [joined, refused] = all as [string, string];
    if (format === 'json') {
      expect(JSON.parse(joined)).toMatchObject({ level: 'info', event: 'workerJoined', agents: ['alice'] });
      expect(JSON.parse(refused)).toMatchObject({ level: 'warn', event: 'refused', code: 'AGENT_UNKNOWN' });
      expect(Date.parse(JSON.parse(joined).time)).not.toBeNaN();
    } else {
      expect(joined).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z info workerJoined session=\w+ agents=\["alice"\]/);
      expect(refused).toMatch(
        / warn refused address=127.0.0.1 code=AGENT_UNKNOWN message="there is no trust chain/,
      );
    }
  },
);

it('belongs to the same release as the Python package, and warns of a worker of another one', async () => {
  const python = readFileSync(new URL('../python/kaizen_eatp_bridge/__init__.py', import.meta.url), 'utf8');
  const project = readFileSync(new URL('../python/pyproject.toml', import.meta.url), 'utf8');
  const [, version] = /__version__ = "(\d+\.\d+\.\d+)"/.exec(python) ?? [];
  expect(version?.startsWith(`${RELEASE}.`)).toBe(true);
  expect(project).toContain(`version = "${version}"`);
  const { bridge, token } = await bridgeWorld();
  const warnings: string[] = [];
  bridge.on('warning', ({ code, message }) => warnings.push(`${code}: ${message}`));
  const logIn = async (name: string, software: string): Promise<void> => {
    const worker = await RawWorker.connect(bridge.url);
    await worker.login({ agents: keysFor(name), token: await token(name), software });
  };
  await logIn('alice', `kaizen-eatp-bridge/${version}`);
  await logIn('bob', 'kaizen-eatp-bridge/9.9.0');
  await expect
    .poll(() => warnings)
    .toEqual([
      `RELEASE_DIFFERS: a worker runs kaizen-eatp-bridge 9.9.0, and this bridge belongs to release ${RELEASE}`,
    ]);
});
