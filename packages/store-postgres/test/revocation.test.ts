import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { generateKeyPair, InMemoryKeyManager, TrustOperations } from '@kaizen-eatp/core';
import type { StoreEvent } from '@kaizen-eatp/core/store';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { describe, expect, it, vi } from 'vitest';
import { CARELESS, expectNothingUnhandled } from '../../../test/careless.ts';
import { putChain, revokeAgent } from './records.ts';
import { sharedServer } from './server/shared-server.ts';

const server = sharedServer();
const RUNNER = fileURLToPath(new URL('./children/revocation-runner.ts', import.meta.url));
const RUNTIMES = 8;
/** Where it does not matter how soon, also on a machine that is busy with something else. */
const PATIENCE = { timeout: 10_000 };

interface Times {
  readonly lastStart: number;
  readonly aborted: number;
  readonly codes: readonly string[];
}

/** Revokes an agent that is at work in many processes. @returns how long after that each did what, in milliseconds. */
async function revokeEverywhere(
  push: boolean,
  pollInterval: number,
  interfere?: (schema: string) => Promise<void>,
) {
  const schema = server.schema();
  const store = await PostgresTrustStore.open({ connectionString: server.url, schema });
  const { privateKey } = generateKeyPair();
  const keyManager = new InMemoryKeyManager();
  await keyManager.importKey('key-acme', privateKey);
  const trust = new TrustOperations({ store, keyManager });
  const { id: authorityId } = await trust.createEnterpriseAuthority({
    name: 'ACME',
    signingKeyId: 'key-acme',
  });
  await trust.establish({ agentId: 'agent-alice', authorityId, capabilities: ['work'] });
  const children = Array.from({ length: RUNTIMES }, () =>
    fork(RUNNER, [server.url, schema, String(push), String(pollInterval), privateKey], { execArgv: [] }),
  );
  try {
    await Promise.all(children.map((child) => message(child)));
    const reports = Promise.all(children.map((child) => message<Times>(child)));
    const stop = interfere?.(schema);
    await trust.revoke({ agentId: 'agent-alice', reason: 'mallory had the key' });
    const revoked = Date.now();
    const times = await reports;
    await stop;
    for (const { lastStart, aborted } of times) {
      expect(lastStart, 'a call had started').toBeGreaterThan(0);
      expect(aborted, 'the running invocation was aborted').toBeGreaterThan(0);
    }
    return times.map(({ lastStart, aborted, codes }) => ({
      lastStart: lastStart - revoked,
      aborted: aborted - revoked,
      codes,
    }));
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await store.close();
  }
}

async function message<T>(child: ChildProcess): Promise<T> {
  const [content] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`a runner ended with ${code}`))),
    // Before the test's own timeout, so that a child that was never notified ends as well.
    sleep(20_000, undefined, { ref: false }).then(() => Promise.reject(new Error('a runner says nothing'))),
  ]);
  return content as T;
}

const latest = (times: readonly { lastStart: number; aborted: number }[]) => ({
  start: Math.max(...times.map((time) => time.lastStart)),
  abort: Math.max(...times.map((time) => time.aborted)),
});

describe('revocation, with eight runtimes in eight processes', () => {
  it('stops new and running invocations within 100 ms', async () => {
    const times = await revokeEverywhere(true, 60_000);
    console.log('push: last start and abort, ms after revoke returned', latest(times));
    for (const { codes } of times) expect(codes[0]).toBe('REVOKED');
    for (const { codes } of times) expect(['REVOKED', 'VERIFICATION_DENIED']).toContain(codes[1]);
    expect(latest(times).start).toBeLessThan(100);
    expect(latest(times).abort).toBeLessThan(100);
  });

  it('stops them within the poll interval when there is no push', async () => {
    const times = await revokeEverywhere(false, 200);
    console.log('poll of 200 ms: last start and abort', latest(times));
    for (const { codes } of times) expect(codes[0]).toBe('REVOKED');
    expect(latest(times).start).toBeLessThan(200);
    // One poll, and one question on a busy machine.
    expect(latest(times).abort).toBeLessThan(200 + 100);
  });

  it('stops them within the poll interval while the connections that listen are cut again and again', async () => {
    const times = await revokeEverywhere(true, 200, async (schema) => {
      for (let i = 0; i < 10; i++) {
        await server.sql(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
          [`${schema}_runner:watch`],
        );
        await sleep(20);
      }
    });
    console.log('cut: last start and abort', latest(times));
    for (const { codes } of times) expect(codes[0]).toBe('REVOKED');
    expect(latest(times).start).toBeLessThan(200);
    expect(latest(times).abort).toBeLessThan(2 * 200 + 100);
  });
});

describe('watching', () => {
  const open = (schema: string, more = {}): Promise<PostgresTrustStore> =>
    PostgresTrustStore.open({ connectionString: server.url, schema, ...more });

  it('reports each change once, in its order, including those stored while the connection was down', async () => {
    const schema = server.schema();
    const listening = await open(schema, { applicationName: `${schema}_l`, pollInterval: 20 });
    const other = await open(schema);
    const heard: string[] = [];
    const stop = listening.watch((event) => heard.push(nameOf(event)));
    const wanted: string[] = [];
    for (let i = 0; i < 20; i++) {
      await (i % 3 === 0 ? listening : other).commit([revokeAgent(`agent-${i}`)]);
      wanted.push(`agent-${i}`);
      if (i % 4 === 0) {
        await server.sql(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
          [`${schema}_l:watch`],
        );
      }
    }
    await expect.poll(() => heard.length, PATIENCE).toBe(20);
    await sleep(60);
    expect([...heard].sort()).toEqual([...wanted].sort());
    stop();
    await other.commit([revokeAgent('agent-late')]);
    await sleep(60);
    expect(heard).not.toContain('agent-late');
    await listening.close();
    await other.close();
  });

  it('hears of a revocation that was stored as it began to listen, and not of one that was made good before', async () => {
    const schema = server.schema();
    const listening = await open(schema, { push: false, pollInterval: 20 });
    const other = await open(schema);
    await other.commit([putChain('agent-back'), revokeAgent('agent-back'), revokeAgent('agent-gone')]);
    const heard: string[] = [];
    listening.watch((event) => event.type === 'revoked' && heard.push(nameOf(event)));
    await expect.poll(() => heard, PATIENCE).toEqual(['agent-gone']);
    await listening.close();
    await other.close();
  });

  it('loses no change of many writers at once', async () => {
    const schema = server.schema();
    const listening = await open(schema, { pollInterval: 1_000 });
    const others = await Promise.all(Array.from({ length: 6 }, () => open(schema)));
    const heard = new Set<string>();
    listening.watch((event) => heard.add(nameOf(event)));
    await sleep(50);
    await Promise.all(
      others.flatMap((store, s) =>
        Array.from({ length: 40 }, (_, i) => store.commit([revokeAgent(`agent-${s}-${i}`)])),
      ),
    );
    await expect.poll(() => heard.size, PATIENCE).toBe(240);
    for (const store of [listening, ...others]) await store.close();
  });

  it('lets a process end that watches', async () => {
    const schema = server.schema();
    await (await open(schema)).close();
    const script = `
      const { PostgresTrustStore } = await import('@kaizen-eatp/store-postgres');
      const store = await PostgresTrustStore.open({ connectionString: process.argv[1], schema: process.argv[2] });
      store.watch(() => undefined);
      await store.commit([]);
      await store.readChains(['agent-alice']);
      await new Promise((resolve) => setTimeout(resolve, 200));`;
    const { spawn } = await import('node:child_process');
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, server.url, schema], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: 'ignore',
    });
    const ended = await Promise.race([once(child, 'exit'), sleep(8_000, undefined, { ref: false })]);
    child.kill('SIGKILL');
    expect(ended?.[0]).toBe(0);
  });
});

function nameOf(event: StoreEvent): string {
  if (event.type === 'statement_added') return String(event.sequence);
  return event.type === 'revoked' ? event.revocation.subjectId : event.agentId;
}

describe.each(CARELESS)('a callback that %s ends no process', (_what, careless) => {
  expectNothingUnhandled();

  it('as a watcher: the others hear of the write', async () => {
    const store = await PostgresTrustStore.open({ connectionString: server.url, schema: server.schema() });
    const heard: StoreEvent[] = [];
    store.watch(careless as never);
    store.watch((event) => heard.push(event));
    await store.commit([revokeAgent('agent-alice')]);
    await expect.poll(() => heard.length, PATIENCE).toBe(1);
    await store.close();
  });

  it('as onWatchFailure', async () => {
    const schema = server.schema();
    const onWatchFailure = vi.fn(careless as () => void);
    const store = await PostgresTrustStore.open({
      connectionString: server.url,
      schema,
      pollInterval: 20,
      onWatchFailure,
    });
    store.watch(() => undefined);
    await server.sql(`DROP SCHEMA ${schema} CASCADE`);
    await expect.poll(() => onWatchFailure.mock.calls.length, PATIENCE).toBeGreaterThan(0);
    await store.close();
  });
});
