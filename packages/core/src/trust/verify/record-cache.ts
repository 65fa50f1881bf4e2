/**
 * Caches parsed records, with what was found out about them. An entry is valid for exactly the text that it was read from:
 * if a byte differs, the record is read and checked again. Keeps the newest `limit` records.
 */
export class RecordCache<T> {
  readonly #byId = new Map<string, { readonly text: string; readonly evidence: T }>();

  constructor(
    private readonly read: (text: string) => T,
    private readonly limit: number,
  ) {}

  /** Parses a record, or returns it from the cache. @param id - only the place in the cache; the text decides. */
  get(id: string, text: string): T {
    const known = this.#byId.get(id);
    return known?.text === text ? known.evidence : this.put(id, text, this.read(text));
  }

  /** Returns the record that was read last under this id, whatever its text was. */
  last(id: string): T | undefined {
    return this.#byId.get(id)?.evidence;
  }

  /** Removes a record that will not be asked for again. */
  forget(id: string): void {
    this.#byId.delete(id);
  }

  /** Keeps a record that was made here, so that its text need not be parsed. */
  put(id: string, text: string, evidence: T): T {
    if (this.#byId.size >= this.limit && !this.#byId.has(id)) {
      this.#byId.delete(this.#byId.keys().next().value as string);
    }
    this.#byId.set(id, { text, evidence });
    return evidence;
  }
}
