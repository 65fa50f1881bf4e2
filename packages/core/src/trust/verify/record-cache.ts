/** The memory of a parsed record for each character of its text, the text included: measured, rounded up. */
const BYTES_PER_CHARACTER = 3;
const BYTES_PER_ENTRY = 512;

interface Entry<T> {
  readonly text: string;
  readonly parsed: T;
}

/**
 * The records that were parsed, with the results of their checks. An entry is valid for exactly its text: when a byte
 * differs, the record is parsed and checked again. Bounded by bytes; the records that were not used for longest are
 * dropped first.
 */
export class RecordCache<T> {
  readonly #byId = new Map<string, Entry<T>>();
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
    // The order of use matters only when the cache is nearly full.
    if (this.#bytes * 2 > this.maxBytes) {
      this.#byId.delete(id);
      this.#byId.set(id, known);
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
    this.#bytes -= sizeOf(id, known.text);
  }

  /** Adds a record that was made here, so that it need not be parsed. */
  put(id: string, text: string, parsed: T): T {
    this.forget(id);
    this.#byId.set(id, { text, parsed });
    this.#bytes += sizeOf(id, text);
    for (const oldest of this.#byId.keys()) {
      if (this.#bytes <= this.maxBytes || oldest === id) break;
      this.forget(oldest);
    }
    return parsed;
  }
}

/** About how much memory an entry takes, in bytes. */
export const sizeOf = (id: string, text: string): number =>
  (id.length + text.length) * BYTES_PER_CHARACTER + BYTES_PER_ENTRY;
