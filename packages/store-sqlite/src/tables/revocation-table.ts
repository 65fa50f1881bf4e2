import type { Revocation, RevocationKind } from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';

export class RevocationTable {
  readonly #read;
  readonly #put;

  constructor(db: Database) {
    this.#read = db.prepare<[string, string], Revocation>(
      `SELECT kind, subject_id AS subjectId, reason, at FROM eatp_revocations WHERE kind = ? AND subject_id = ?`,
    );
    // A replaced row gets a new ordinal, so that those who watch see it as the news it is.
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO eatp_revocations (kind, subject_id, reason, at) VALUES (@kind, @subjectId, @reason, @at)',
    );
  }

  read(kind: RevocationKind, subjectId: string): Revocation | undefined {
    return this.#read.get(kind, subjectId);
  }

  put(revocation: Revocation): void {
    this.#put.run(revocation);
  }
}
