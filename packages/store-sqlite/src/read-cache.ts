import type { Database } from 'better-sqlite3';

const MOST = 5_000;

/**
 * Rows that were read, for as long as nobody changes the file. SQLite counts the commits of other connections, those
 * of Python included; to ask for that count is exact and costs a fraction of a read. What this connection changes is
 * to be forgotten by whoever changes it.
 */
export class ReadCache<Row> {
  readonly #counter;
  readonly #rows = new Map<string, Row | undefined>();
  #seen: unknown;

  constructor(db: Database) {
    this.#counter = db.prepare('PRAGMA data_version').pluck();
  }

  /** The row of a key as it is now. @param read - asks the file. */
  get(key: string, read: (key: string) => Row | undefined): Row | undefined {
    const count = this.#counter.get();
    if (count !== this.#seen || this.#rows.size >= MOST) {
      this.#rows.clear();
      this.#seen = count;
    }
    if (this.#rows.has(key)) return this.#rows.get(key);
    const row = read(key);
    this.#rows.set(key, row);
    return row;
  }

  forget(key: string): void {
    this.#rows.delete(key);
  }
}
