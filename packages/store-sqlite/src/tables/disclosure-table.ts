import type { Disclosure } from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';

/** The personal data behind salted digests. */
export class DisclosureTable {
  readonly #read;
  readonly #put;
  readonly #count;
  readonly #erase;

  constructor(db: Database) {
    this.#read = db.prepare<[string], Disclosure>(
      'SELECT digest, person, salt, text FROM eatp_disclosures WHERE digest = ?',
    );
    this.#put = db.prepare(`
      INSERT INTO eatp_disclosures (digest, person, salt, text) VALUES (@digest, @person, @salt, @text)
      ON CONFLICT (digest) DO NOTHING`);
    this.#count = db
      .prepare<[string], number>('SELECT count(*) FROM eatp_disclosures WHERE person = ?')
      .pluck();
    this.#erase = db.prepare('DELETE FROM eatp_disclosures WHERE person = ?');
  }

  read(digest: string): Disclosure | undefined {
    return this.#read.get(digest);
  }

  put(disclosure: Disclosure): void {
    this.#put.run(disclosure);
  }

  count(person: string): number {
    return this.#count.get(person) as number;
  }

  erase(person: string): void {
    this.#erase.run(person);
  }
}
