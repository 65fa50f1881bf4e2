import type { Disclosure } from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';

/** The personal data behind salted digests. */
export class DisclosureTable {
  readonly #read;
  readonly #put;
  readonly #erase;

  constructor(private readonly db: Database) {
    this.#read = db.prepare<[string], Disclosure>(
      'SELECT digest, person, salt, text FROM eatp_disclosures WHERE digest = ?',
    );
    this.#put = db.prepare(`
      INSERT INTO eatp_disclosures (digest, person, salt, text) VALUES (@digest, @person, @salt, @text)
      ON CONFLICT (digest) DO NOTHING`);
    this.#erase = db.prepare('DELETE FROM eatp_disclosures WHERE person = ?');
  }

  read(digest: string): Disclosure | undefined {
    return this.#read.get(digest);
  }

  put(disclosure: Disclosure): void {
    this.#put.run(disclosure);
  }

  /** Removes a person's rows and writes zeros over them; by default SQLite leaves deleted bytes in the file. */
  erase(person: string): void {
    const before = this.db.pragma('secure_delete', { simple: true });
    this.db.pragma('secure_delete = ON');
    try {
      this.#erase.run(person);
    } finally {
      this.db.pragma(`secure_delete = ${before}`);
    }
  }
}
