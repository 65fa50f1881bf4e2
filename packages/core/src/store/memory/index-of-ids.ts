const NONE: ReadonlySet<string> = new Set();

/** Ids by a key, in the order in which they were added. */
export class Index {
  readonly #ids = new Map<string, Set<string>>();

  /** Returns the ids under a key. */
  get(key: string): ReadonlySet<string> {
    return this.#ids.get(key) ?? NONE;
  }

  /** Adds an id under a key. */
  add(key: string, id: string): void {
    const ids = this.#ids.get(key);
    if (ids) ids.add(id);
    else this.#ids.set(key, new Set([id]));
  }

  /** Removes an id from a key. */
  remove(key: string, id: string): void {
    const ids = this.#ids.get(key);
    ids?.delete(id);
    if (ids?.size === 0) this.#ids.delete(key);
  }

  /** Removes a key with all its ids. */
  drop(key: string): void {
    this.#ids.delete(key);
  }
}
