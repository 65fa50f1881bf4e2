const MOST = 5_000;

/**
 * Rows that were read, for as long as the file does not change. SQLite counts the commits of other connections, those
 * of Python included; to ask for that count is exact and costs a fraction of a read. Rows that this connection
 * changes have to be forgotten by the code that changes them.
 */
export class ReadCache<Row> {
  readonly #rows = new Map<string, Row | undefined>();
  #seen: unknown;

  /** Forgets every row unless the file has still the same count of foreign commits. */
  refresh(count: unknown): void {
    if (count === this.#seen && this.#rows.size < MOST) return;
    this.#rows.clear();
    this.#seen = count;
  }

  /** The row of a key as it was at the last refresh. @param read - asks the file. */
  get(key: string, read: (key: string) => Row | undefined): Row | undefined {
    const known = this.#rows.get(key);
    if (known !== undefined || this.#rows.has(key)) return known;
    const row = read(key);
    this.#rows.set(key, row);
    return row;
  }

  forget(key: string): void {
    this.#rows.delete(key);
  }
}
