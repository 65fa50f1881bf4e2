import { TrustOperations } from '@kaizen-eatp/core';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { expect, it } from 'vitest';
import { runChildren } from './children/run-children.ts';
import { expectLinked } from './records.ts';
import { sharedServer } from './server/shared-server.ts';

const server = sharedServer();
const PROCESSES = 8;
const APPENDS = 1_000;

/** Entries that stand at a place where another stands already. */
const forksIn = (sequences: readonly number[]): number => sequences.length - new Set(sequences).size;

it('stores every append of many processes in one sequence', { timeout: 90_000 }, async () => {
  const schema = server.schema();
  const store = await PostgresTrustStore.open({ connectionString: server.url, schema });
  const started = performance.now();
  await runChildren('shared-trail-writer.ts', PROCESSES, (i) => [
    server.url,
    schema,
    `p${i}`,
    String(APPENDS),
  ]);
  console.log(`${PROCESSES} × ${APPENDS} appends in ${Math.round(performance.now() - started)} ms`);
  const trail = await store.readTrail('outside-runs');
  expect(trail).toHaveLength(PROCESSES * APPENDS);
  expect(forksIn(trail.map((entry) => entry.sequence))).toBe(0);
  expect(new Set(trail.map((entry) => entry.anchorId)).size).toBe(PROCESSES * APPENDS);
  expectLinked(trail);
  const ids = Array.from({ length: PROCESSES }, (_, i) => `org-p${i}`);
  const rows = await store.readAuthorities(ids);
  const roots = rows.map((row, i) => ({
    id: ids[i] as string,
    publicKey: JSON.parse(row?.text as string).public_key as string,
  }));
  const verdict = await new TrustOperations({ store, roots }).verifyTrail();
  expect(verdict).toEqual({
    state: 'open',
    valid: false,
    entries: PROCESSES * APPENDS,
    problems: [],
  });
  await store.close();
});

it('would be forked by a store that reads and then inserts', { timeout: 60_000 }, async () => {
  const schema = server.schema();
  await server.sql(`CREATE SCHEMA "${schema}"`);
  await server.sql(`CREATE TABLE "${schema}".naive_trail (sequence int, anchor_id text)`);
  await runChildren('naive-writer.ts', 2, (i) => [server.url, schema, `p${i}`, '500']);
  const rows = await server.sql(`SELECT sequence FROM "${schema}".naive_trail`);
  expect(forksIn(rows.map((row) => row.sequence as number))).toBeGreaterThan(0);
});
