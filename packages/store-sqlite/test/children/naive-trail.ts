import { linkHash, TRAIL_START } from '@kaizen-eatp/core/store';
import Database from 'better-sqlite3';

/** How the reference's audit store appends: it reads the last entry, then inserts one that points to it. */
export class NaiveTrail {
  readonly #head;
  readonly #insert;

  constructor(path: string) {
    const db = new Database(path, { timeout: 30_000 });
    db.pragma('synchronous = OFF');
    db.exec(`CREATE TABLE IF NOT EXISTS naive_trail (ordinal INTEGER PRIMARY KEY, sequence INTEGER, previous_hash TEXT,
      hash TEXT, anchor_id TEXT, text TEXT)`);
    this.#head = db.prepare<[], { sequence: number; hash: string }>(
      'SELECT sequence, hash FROM naive_trail ORDER BY sequence DESC, ordinal DESC LIMIT 1',
    );
    this.#insert = db.prepare(
      'INSERT INTO naive_trail (sequence, previous_hash, hash, anchor_id, text) VALUES (?, ?, ?, ?, ?)',
    );
  }

  async append({ anchorId, text }: { anchorId: string; text: string }): Promise<void> {
    const head = this.#head.get();
    const previous = head?.hash ?? TRAIL_START;
    await new Promise((resolve) => setImmediate(resolve));
    this.#insert.run((head?.sequence ?? 0) + 1, previous, linkHash(previous, text), anchorId, text);
  }
}
