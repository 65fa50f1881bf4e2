import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { receiptOf, type TrustOperations } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import type { StoreMaintenance, TrustStore } from '@kaizen-eatp/core/store';
import { sequential } from '@kaizen-eatp/patterns';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { trustWorld } from '@kaizen-eatp/testing';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedServer } from '../packages/store-postgres/test/server/embedded-server.js';
import { temporaryPath } from '../packages/store-sqlite/test/support/places.js';

const RUNS = 1_000;
const PEOPLE = 10;
/** Runs that are under way together, so that their commits share syncs. */
const TOGETHER = 50;

/** A person whose fields have nothing in common with those of others. */
const personOf = (i: number) => ({
  humanId: `ermintrude-${i}@acme.example`,
  displayName: `Ermintrude Zoë Number-${i}-of-Ten`,
  authProvider: `https://login-${i}.acme.example/tenant`,
  sessionId: `session-9f8e7d-${i}-end`,
  authenticatedAt: `2026-01-1${i}T11:03:59.12345${i}+00:00`,
});
const ERASED = 3;

interface Place {
  store: TrustStore & StoreMaintenance;
  /** Every byte of the store's files. */
  files(): Buffer;
  /** What the database's own tool writes. */
  dump(): string;
}

/** The forms of a person's fields that could be found in files. Those of the other people show that the search finds them. */
const formsOf = (i: number): string[] =>
  Object.values(personOf(i)).flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1).replace('ë', '\\u00eb'),
  ]);

const found = (where: Buffer | string, i: number): string[] =>
  formsOf(i).filter((form) => where.includes(form));

const allFilesIn = (folder: string): Buffer =>
  Buffer.concat(
    readdirSync(folder, { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
      .map((path) => readFileSync(path)),
  );

async function linesOf(store: StoreMaintenance): Promise<string> {
  const lines: string[] = [];
  for await (const line of store.exportJsonLines()) lines.push(line);
  return lines.join('');
}

async function receiptsOf(trust: TrustOperations, runIds: readonly string[]) {
  return Promise.all(runIds.map((runId) => receiptOf(trust, runId)));
}

/** Makes the runs, erases one person, cleans up as the page for operators says, and looks for what is left. */
async function erasesEveryByte(place: Place, prepare: () => Promise<void>, settle: () => Promise<void>) {
  const { store } = place;
  const { runtime, trust, roots } = await trustWorld({
    store,
    agents: { alice: {}, bob: {} },
    operations: { recorder: 'org-acme' },
  });
  const running = runtime([sequential]);
  const runIds: string[] = [];
  const execute = async (from: number): Promise<void> => {
    const results = Array.from({ length: TOGETHER }, (_, i) =>
      running.execute('x', { pattern: 'sequential', humanOrigin: personOf((from + i) % PEOPLE) }),
    );
    for (const { runId } of await Promise.all(results)) runIds.push(runId);
  };
  for (let from = 0; from < RUNS; from += TOGETHER) await execute(from);
  await prepare();
  const kept = await trust.checkpoint();
  const early = runIds.filter((_, i) => i % 20 === ERASED);
  const before = await receiptsOf(trust, early);
  expect(before.every(({ text }) => found(text, ERASED).length > 0)).toBe(true);
  expect(found(place.files(), ERASED).length).toBeGreaterThan(4);

  const { disclosures, person } = await trust.erase(personOf(ERASED).humanId);
  expect(disclosures).toBe(RUNS / PEOPLE);
  await store.compact();
  await settle();

  expect(found(place.files(), ERASED)).toEqual([]);
  expect(found(place.files(), ERASED + 1).length).toBeGreaterThan(4);
  expect(place.files().includes(person)).toBe(true);
  for (const dump of [place.dump(), await linesOf(store)]) {
    expect(found(dump, ERASED)).toEqual([]);
    expect(found(dump, ERASED + 1).length).toBeGreaterThan(4);
  }
  const after = await receiptsOf(trust, runIds);
  expect(after.filter(({ text }) => found(text, ERASED).length > 0)).toEqual([]);
  const pins = { authorities: Object.fromEntries(roots.map(({ id, publicKey }) => [id, publicKey])) };
  for (const receipt of [...before, ...after])
    expect((await verifyReceipt(receipt, pins)).problems, receipt.text.slice(0, 200)).toEqual([]);
  for (const runId of runIds) expect((await trust.verifyTrail(runId)).valid, runId).toBe(true);
  expect((await store.doctor({ checkpoint: kept.note })).findings).toEqual([]);
  expect((await trust.verifyCheckpoint((await trust.checkpoint()).note)).findings).toEqual([]);
}

it('leaves no byte of an erased person in a SQLite file, its log, dumps and receipts', async () => {
  const path = temporaryPath();
  const store = await SqliteTrustStore.open({ path });
  // Another process that has the file open must not keep the old pages.
  const other = await SqliteTrustStore.open({ path });
  const stop = other.watch(() => undefined);
  const files = () =>
    Buffer.concat(
      ['', '-wal', '-shm', '-journal'].flatMap((end) =>
        statSync(path + end, { throwIfNoEntry: false }) ? [readFileSync(path + end)] : [],
      ),
    );
  const dump = (): string => {
    const db = new Database(path, { readonly: true });
    try {
      const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
      return tables.map((name) => JSON.stringify(db.prepare(`SELECT * FROM "${name}"`).all())).join('\n');
    } finally {
      db.close();
    }
  };
  const nothing = async () => undefined;
  try {
    await erasesEveryByte({ store, files, dump }, nothing, nothing);
  } finally {
    stop();
    await Promise.all([store.close(), other.close()]);
  }
});

describe('in PostgreSQL', () => {
  let server: EmbeddedServer;
  beforeAll(async () => {
    server = await EmbeddedServer.start(['-c', 'wal_recycle=off', '-c', 'min_wal_size=32MB']);
  });
  afterAll(() => server.stop());

  it('leaves no byte of an erased person in the files of the server, its log, dumps and receipts', async () => {
    const store = await PostgresTrustStore.open({ connectionString: server.url, schema: 'eatp' });
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    const folder = (await admin.query('SHOW data_directory')).rows[0].data_directory as string;
    const rows = async () => {
      const { rows: tables } = await admin.query("SELECT tablename FROM pg_tables WHERE schemaname = 'eatp'");
      const contents = [];
      for (const { tablename } of tables)
        contents.push(JSON.stringify((await admin.query(`SELECT * FROM eatp."${tablename}"`)).rows));
      return contents.join('\n');
    };
    let dumped = '';
    const settle = async (): Promise<void> => {
      // Two checkpoints, since the segment that is in use stays.
      for (let i = 0; i < 2; i++) {
        await admin.query('SELECT pg_switch_wal()');
        await admin.query('CHECKPOINT');
      }
      dumped = pgDump(server.url) ?? (await rows());
    };
    // The server's statistics of the columns would hold values too.
    const prepare = async (): Promise<void> => void (await admin.query('ANALYZE; CHECKPOINT'));
    try {
      await erasesEveryByte({ store, files: () => allFilesIn(folder), dump: () => dumped }, prepare, settle);
    } finally {
      await Promise.all([store.close(), admin.end()]);
    }
  });
});

/** The dump of the server's own tool, where there is one. */
function pgDump(url: string): string | undefined {
  try {
    return execFileSync('pg_dump', ['--schema=eatp', url], {
      encoding: 'utf8',
      maxBuffer: 1 << 29,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}
