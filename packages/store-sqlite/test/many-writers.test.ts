import { SHARED_TRAIL, TrustOperations } from '@kaizen-eatp/core';
import { linkHash, TRAIL_START } from '@kaizen-eatp/core/store';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { openStore, temporaryPath } from './support/places.js';
import { Child } from './support/processes.js';

interface Judgement {
  readonly stored: number;
  /** Entries at a place that another one has. */
  readonly forks: number;
  readonly isLinked: boolean;
}

/** Lets many processes append to the shared trail of one file at once. @returns the file. */
async function appendFromMany(kind: 'real' | 'naive', processes: number, each: number): Promise<string> {
  const path = temporaryPath();
  await openStore(path);
  const children = Array.from(
    { length: processes },
    (_, i) => new Child('append-shared', [path, `p${i}`, each, kind]),
  );
  for (const child of children) expect(await child.next()).toBe('ready');
  for (const child of children) child.send('go');
  for (const child of children) expect(await child.next()).toBe('done');
  return path;
}

/** The same judgement for both, of nothing but the rows. */
function judge(path: string, table: 'eatp_trail' | 'naive_trail'): Judgement {
  const db = new Database(path, { readonly: true });
  const rows = db
    .prepare<[], { sequence: number; previous_hash: string; hash: string; anchor_id: string; text: string }>(
      `SELECT sequence, previous_hash, hash, anchor_id, text FROM ${table} ORDER BY sequence, ordinal`,
    )
    .all();
  db.close();
  let head = { sequence: 0, hash: TRAIL_START };
  let isLinked = true;
  for (const row of rows) {
    const follows = row.sequence === head.sequence + 1 && row.previous_hash === head.hash;
    isLinked &&= follows && row.hash === linkHash(row.previous_hash, row.text);
    head = row;
  }
  return {
    stored: new Set(rows.map((row) => row.anchor_id)).size,
    forks: rows.length - new Set(rows.map((row) => row.sequence)).size,
    isLinked,
  };
}

it('stores all of 8 × 1,000 appends from 8 processes to one trail, without a fork, and it verifies', async () => {
  const path = await appendFromMany('real', 8, 1_000);
  expect(judge(path, 'eatp_trail')).toEqual({ stored: 8_000, forks: 0, isLinked: true });
  const store = await openStore(path);
  const ids = Array.from({ length: 8 }, (_, i) => `org-p${i}`);
  const rows = await store.readAuthorities(ids);
  const roots = rows.map((row, i) => ({
    id: ids[i] as string,
    publicKey: JSON.parse(row?.text as string).public_key as string,
  }));
  const trust = new TrustOperations({ store, roots });
  expect(await trust.verifyTrail(SHARED_TRAIL)).toEqual({
    state: 'open',
    valid: false,
    entries: 8_000,
    problems: [],
  });
});

it('catches a store that reads the head and then inserts', async () => {
  const { forks, isLinked } = judge(await appendFromMany('naive', 2, 200), 'naive_trail');
  expect(forks).toBeGreaterThan(0);
  expect(isLinked).toBe(false);
});
