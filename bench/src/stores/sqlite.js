import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import Database from 'better-sqlite3';
import { ROW } from './measure-store.js';

/** @param {{ path: string }} place */
export const open = ({ path }) => SqliteTrustStore.open({ path });

/** @returns {Promise<import('./measure-store.js').MeasuredStore>} */
export async function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-bench-'));
  const [empty, full] = await Promise.all(
    ['empty', 'full'].map((file) => SqliteTrustStore.open({ path: join(folder, `${file}.db`) })),
  );
  const db = new Database(empty.path);
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  const insert = db.prepare('INSERT INTO bare (text) VALUES (?)');
  return {
    empty,
    full,
    place: { path: empty.path },
    insert: () => insert.run(ROW),
    fill: async (trails) => fill(full.path, trails),
    async close() {
      db.close();
      await Promise.all([empty.close(), full.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param {string} path @param {Iterable<import('./measure-store.js').Entry[]>} trails */
function fill(path, trails) {
  const db = new Database(path);
  db.pragma('synchronous = OFF');
  const append = db.prepare(`
    INSERT INTO eatp_trail (trail_id, sequence, previous_hash, hash, anchor_id, agent_id, text)
    VALUES (@trailId, @sequence, @previousHash, @hash, @anchorId, @agentId, @text)`);
  const all = db.transaction(() => {
    for (const trail of trails) for (const entry of trail) append.run(entry);
  });
  all();
  db.pragma('synchronous = FULL');
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}
