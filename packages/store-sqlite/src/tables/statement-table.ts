import {
  expectNextStatement,
  type StatementEntry,
  TRAIL_START,
  type TrailHead,
} from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';
import { boundOf } from './limits.js';
import { ReadCache } from './read-cache.js';

/** The log of signed statements. */
export class StatementTable {
  readonly #head;
  readonly #read;
  readonly #append;
  readonly #cache = new ReadCache<TrailHead>();

  constructor(db: Database) {
    this.#head = db.prepare<[], TrailHead>(
      'SELECT sequence, hash FROM eatp_statements WHERE sequence > 0 ORDER BY sequence DESC LIMIT 1',
    );
    this.#read = db.prepare<[number, number], StatementEntry>(`
      SELECT sequence, previous_hash AS previousHash, hash, text
      FROM eatp_statements WHERE sequence > ? ORDER BY sequence LIMIT ?`);
    this.#append = db.prepare(`
      INSERT INTO eatp_statements (sequence, previous_hash, hash, text)
      SELECT @sequence, @previousHash, @hash, @text
      WHERE @sequence = coalesce((SELECT max(sequence) FROM eatp_statements), 0) + 1
        AND @previousHash = coalesce(
          (SELECT hash FROM eatp_statements WHERE sequence > 0 ORDER BY sequence DESC LIMIT 1), '${TRAIL_START}')`);
  }

  /** Forgets what was read before another connection changed the file. @param foreignCommits - SQLite's count of them. */
  refresh(foreignCommits: unknown): void {
    this.#cache.refresh(foreignCommits);
  }

  /** Reads inside the read transaction in which the table was refreshed. */
  head(): TrailHead | undefined {
    return this.#cache.get('', () => this.#head.get());
  }

  read(afterSequence: number, limit: number): StatementEntry[] {
    return this.#read.all(afterSequence, boundOf(limit));
  }

  append(entry: StatementEntry): void {
    const { changes } = this.#append.run(entry);
    if (changes === 0) expectNextStatement(entry, this.#head.get());
    this.#cache.forget('');
  }
}
