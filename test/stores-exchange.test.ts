import { MemoryTrustStore, type Root, SHARED_TRAIL, TrustOperations } from '@kaizen-eatp/core';
import { type ImportReport, linkHash, TRAIL_START, type TrustStore } from '@kaizen-eatp/core/store';
import { sequential } from '@kaizen-eatp/patterns';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { trustWorld } from '@kaizen-eatp/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sharedServer } from '../packages/store-postgres/test/server/shared-server.js';
import { temporaryPath } from '../packages/store-sqlite/test/support/places.js';
import { AT, delegation, intent } from '../packages/store-sqlite/test/support/records.js';

const server = sharedServer();

interface Exchanging extends TrustStore {
  exportJsonLines(): AsyncGenerator<string, void, undefined>;
  importJsonLines(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport>;
}

const stores: Readonly<Record<string, () => Promise<Exchanging>>> = {
  memory: async () => new MemoryTrustStore(),
  sqlite: () => SqliteTrustStore.open({ path: temporaryPath() }),
  postgres: () => PostgresTrustStore.open({ connectionString: server.url, schema: server.schema() }),
};
const NAMES = Object.keys(stores);

async function open(name: string): Promise<Exchanging> {
  const store = await (stores[name] as () => Promise<Exchanging>)();
  onTestFinished(() => store.close());
  return store;
}

async function linesOf(store: Exchanging): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of store.exportJsonLines()) lines.push(line);
  return lines;
}

const durableRun = {
  ...{ runId: 'run-durable', parentRunId: null, pattern: 'sequential', person: 'person-1' },
  ...{ state: 'waiting' as const, request: 'c2VhbGVk', outcome: null, note: null, owner: 'token' },
  ...{ wakeAt: AT, cancel: null, submittedAt: AT, updatedAt: AT },
};

const ODD = '{ "n": 1e-05,"s":"\\u0000" }';
const odd = {
  ...{ trailId: 'odd', sequence: 1, previousHash: TRAIL_START, hash: linkHash(TRAIL_START, ODD) },
  ...{ anchorId: 'aud-1', agentId: 'x', text: ODD },
};

/** Something of every kind, with strings that are easily spoilt. */
async function fill(store: Exchanging): Promise<{ runId: string; roots: readonly Root[] }> {
  const { runtime, trust, roots } = await trustWorld({ store });
  const running = runtime([sequential], { only: ['alice', 'bob'] });
  const { runId } = await running.execute('Zoë 漢字 𝒳', { pattern: 'sequential' });
  await store.commit([
    delegation('del-1', { person: 'person-1' }),
    delegation('del-2', { status: 'closed', parentDelegationId: 'del-1' }),
    intent('run-9/2'),
    intent('run-9/1', { resource: 'r' }),
    { op: 'append_anchor', entry: odd },
    {
      op: 'put_disclosure',
      disclosure: { digest: 'd1', person: 'person-1', salt: 's', text: '{"n":"Zoë"}' },
    },
    { op: 'put_disclosure', disclosure: { digest: 'd2', person: 'person-2', salt: 's', text: '{}' } },
    { op: 'erase_person', person: 'person-2' },
    { op: 'revoke', revocation: { kind: 'person', subjectId: 'person-1', reason: 'left', at: AT } },
  ]);
  await store.commit([{ op: 'add_run', run: durableRun }]);
  const outcome = (key: string) => ({ key, print: `invoke ${key}`, outcome: 'c2VhbGVk' });
  await store.commit([
    { op: 'record_steps', runId: durableRun.runId, steps: [outcome('2'), outcome('1')] },
    { op: 'record_order', runId: durableRun.runId, first: 1, delivered: ['2', '1'] },
  ]);
  await trust.revoke({ agentId: 'agent-bob', reason: 'mallory had the key' });
  return { runId, roots };
}

describe('an export', () => {
  it.each(NAMES.flatMap((from) => NAMES.map((to) => [from, to] as const)))(
    'of %s goes into %s, whole, and works there',
    async (from, to) => {
      const source = await open(from);
      const { runId, roots } = await fill(source);
      const lines = await linesOf(source);
      const target = await open(to);
      const report = await target.importJsonLines(lines);
      expect(report).toEqual({
        authority: 1,
        statement: 2,
        chain: 2,
        delegation: 3,
        earlier_chain: 0,
        archived_delegation: 0,
        anchor: 5,
        intent: 2,
        revocation: 2,
        disclosure: 1,
        ...{ run: 1, step: 2, delivery: 2 },
      });
      expect(await target.readDisclosures(['d1', 'd2'])).toMatchObject([{ person: 'person-1' }, undefined]);
      expect(lines.some((line) => line.includes('person-2'))).toBe(false);
      expect(await target.readRun('run-durable')).toEqual(await source.readRun('run-durable'));
      const trust = new TrustOperations({ store: target, roots });
      expect(await trust.verifyTrail(runId)).toMatchObject({ valid: true, entries: 3 });
      expect(await trust.verifyTrail(SHARED_TRAIL)).toMatchObject({ state: 'open', entries: 1 });
      const full = { action: 'work', level: 'full' } as const;
      expect((await trust.verify({ agentId: 'agent-alice', ...full })).valid).toBe(true);
      expect((await trust.verify({ agentId: 'agent-bob', ...full })).denial?.code).toBe('REVOKED');
      expect((await target.openIntents()).map((each) => each.invocationId)).toEqual(['run-9/2', 'run-9/1']);
      expect((await target.readDelegationPath('del-2')).map(({ status }) => status)).toEqual([
        'closed',
        'revoked',
      ]);
      const text = '{}';
      const hash = linkHash(odd.hash, text);
      const next = { ...odd, sequence: 2, previousHash: odd.hash, hash, anchorId: 'aud-2', text };
      await target.commit([{ op: 'append_anchor', entry: next }]);
      expect((await target.trailHead('odd'))?.sequence).toBe(2);
    },
  );

  it('is the same, byte for byte, from each store that it went through', async () => {
    const first = await open('sqlite');
    await fill(first);
    await first.commit([delegation('del-archived', { status: 'closed' })]);
    await (first as SqliteTrustStore).archive({ minimumAge: 0 });
    const lines = await linesOf(first);
    expect(lines.filter((line) => line.includes('"archived_delegation"'))).not.toEqual([]);
    for (const name of ['postgres', 'sqlite', 'postgres']) {
      const next = await open(name);
      await next.importJsonLines(lines);
      expect(await linesOf(next)).toEqual(lines);
      await expect(next.commit([delegation('del-archived')])).rejects.toMatchObject({
        code: 'STORE_CONFLICT',
      });
    }
  });

  it('comes out of memory as it went in, but for moments that memory has no use for', async () => {
    const first = await open('memory');
    await fill(first);
    const lines = await linesOf(first);
    const second = await open('memory');
    await second.importJsonLines(lines);
    expect(await linesOf(second)).toEqual(lines);
    const sqlite = await open('sqlite');
    await sqlite.importJsonLines(lines);
    const third = await open('memory');
    await third.importJsonLines(await linesOf(sqlite));
    expect(await linesOf(third)).toEqual(lines);
  });

  it.each(NAMES)('with an id twice is refused by %s, which keeps nothing of it', async (name) => {
    const source = await open('memory');
    await source.commit([delegation('del-1')]);
    const [header, line] = (await linesOf(source)) as [string, string];
    const { createHash } = await import('node:crypto');
    const body = [header, line, line];
    const sha256 = createHash('sha256').update(body.join('')).digest('hex');
    const target = await open(name);
    const refused = target.importJsonLines([
      ...body,
      `${JSON.stringify({ type: 'end', lines: 3, sha256 })}\n`,
    ]);
    await expect(refused).rejects.toMatchObject({
      code: 'MALFORMED_RECORD',
      message: expect.stringMatching(/every id once/),
    });
    expect(await linesOf(target)).toHaveLength(2);
  });

  it.each(NAMES)('is not taken into %s that is not empty', async (name) => {
    const source = await open('memory');
    await source.commit([delegation('del-1')]);
    const target = await open(name);
    await target.commit([delegation('del-2')]);
    await expect(target.importJsonLines(source.exportJsonLines())).rejects.toMatchObject({
      code: 'STORE_CONFLICT',
    });
    expect(await linesOf(target)).toHaveLength(3);
  });
});
