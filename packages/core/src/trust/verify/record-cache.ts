/** The memory of a parsed record for each character of its text, the text included: measured, rounded up. */
const BYTES_PER_CHARACTER = 3;
const BYTES_PER_ENTRY = 512;

/** A record in the cache, and its neighbours in the order of use. */
interface Entry<T> {
  readonly id: string;
  readonly text: string;
  readonly parsed: T;
  older: Entry<T> | undefined;
  newer: Entry<T> | undefined;
}

/**
 * The records that were parsed, with the results of their checks. An entry is valid for exactly its text: when a byte
 * differs, the record is parsed and checked again. Bounded by bytes; the records that were not used for longest are
 * dropped first.
 */
export class RecordCache<T> {
  // The order of use is a linked list: to delete and insert an entry of a map at each use would leave so many deleted
  // entries under its hash that a lookup among 100,000 agents takes fifty times as long.
  readonly #byId = new Map<string, Entry<T>>();
  #oldest: Entry<T> | undefined;
  #newest: Entry<T> | undefined;
  #bytes = 0;

  /**
   * @param parse - parses the text of a record.
   * @param maxBytes - about how much memory all entries can take, in bytes.
   */
  constructor(
    private readonly parse: (text: string) => T,
    private readonly maxBytes: number,
  ) {}

  /** Parses a record, or returns it from the cache. @param id - only the place in the cache; the text decides. */
  get(id: string, text: string): T {
    const known = this.#byId.get(id);
    if (known?.text !== text) return this.put(id, text, this.parse(text));
    if (known !== this.#newest) {
      this.#unlink(known);
      this.#append(known);
    }
    return known.parsed;
  }

  /** Returns the record that was read last under this id, whatever its text was. */
  last(id: string): T | undefined {
    return this.#byId.get(id)?.parsed;
  }

  /** Drops an entry that will not be read again, such as a delegation of a finished run. */
  forget(id: string): void {
    const known = this.#byId.get(id);
    if (!known) return;
    this.#byId.delete(id);
    this.#unlink(known);
    this.#bytes -= sizeOf(id, known.text);
  }

  /** Adds a record that was made here, so that it need not be parsed. The last one stays, however large it is. */
  put(id: string, text: string, parsed: T): T {
    this.forget(id);
    const entry: Entry<T> = { id, text, parsed, older: undefined, newer: undefined };
    this.#byId.set(id, entry);
    this.#append(entry);
    this.#bytes += sizeOf(id, text);
    while (this.#bytes > this.maxBytes && this.#oldest && this.#oldest !== entry)
      this.forget(this.#oldest.id);
    return parsed;
  }

  #append(entry: Entry<T>): void {
    entry.older = this.#newest;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  #unlink(entry: Entry<T>): void {
    const { older, newer } = entry;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    entry.older = undefined;
    entry.newer = undefined;
  }
}

/** About how much memory an entry takes, in bytes. */
export const sizeOf = (id: string, text: string): number =>
  (id.length + text.length) * BYTES_PER_CHARACTER + BYTES_PER_ENTRY;
