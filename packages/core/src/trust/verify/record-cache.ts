/**
 * What was read from a record's text, and what was found out about it. It holds for exactly that text: when a byte
 * differs the record is read and checked anew. Keeps the newest `limit` records.
 */
export class RecordCache<T> {
  readonly #byId = new Map<string, { readonly text: string; readonly evidence: T }>();

  constructor(
    private readonly read: (text: string) => T,
    private readonly limit: number,
  ) {}

  /** @param id - where the text was found; only to find it again quickly, the text decides. */
  get(id: string, text: string): T {
    const known = this.#byId.get(id);
    return known?.text === text ? known.evidence : this.put(id, text, this.read(text));
  }

  /** What was found out last, of whatever text it was. */
  last(id: string): T | undefined {
    return this.#byId.get(id)?.evidence;
  }

  /** What is over is not asked for again. */
  forget(id: string): void {
    this.#byId.delete(id);
  }

  /** For a text that was made here, so that it need not be read to be known. */
  put(id: string, text: string, evidence: T): T {
    if (this.#byId.size >= this.limit && !this.#byId.has(id)) {
      this.#byId.delete(this.#byId.keys().next().value as string);
    }
    this.#byId.set(id, { text, evidence });
    return evidence;
  }
}
