import { expectStoredVersion, type PutAuthority, type StoredAuthority } from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';
import { ReadCache } from './read-cache.js';

export class AuthorityTable {
  readonly #read;
  readonly #put;
  readonly #cache = new ReadCache<StoredAuthority>();

  constructor(db: Database) {
    this.#read = db.prepare<[string], StoredAuthority>(
      `SELECT authority_id AS authorityId, text, CAST(version AS TEXT) AS version
       FROM eatp_authorities WHERE authority_id = ?`,
    );
    this.#put = db.prepare(`
      INSERT INTO eatp_authorities (authority_id, text, version) VALUES (?, ?, 1)
      ON CONFLICT (authority_id) DO UPDATE SET text = excluded.text, version = version + 1`);
  }

  /** Forgets what was read before another connection changed the file. @param foreignCommits - SQLite's count of them. */
  refresh(foreignCommits: unknown): void {
    this.#cache.refresh(foreignCommits);
  }

  /** Reads inside the read transaction in which the table was refreshed. */
  read(authorityId: string): StoredAuthority | undefined {
    return this.#cache.get(authorityId, (id) => this.#read.get(id));
  }

  put({ authorityId, text, ifVersion }: PutAuthority): void {
    expectStoredVersion(`authority ${authorityId}`, this.#read.get(authorityId)?.version ?? null, ifVersion);
    this.#put.run(authorityId, text);
    this.#cache.forget(authorityId);
  }
}
