/**
 * What was read from a text, and what was found out about it, kept by the text itself: a changed byte is another
 * key, so nothing found out about one text is ever believed of another. Holds the newest `limit` texts.
 */
export class EvidenceCache<T> {
  readonly #byText = new Map<string, T>();

  constructor(
    private readonly read: (text: string) => T,
    private readonly limit: number,
  ) {}

  get(text: string): T {
    const known = this.#byText.get(text);
    return known ?? this.put(text, this.read(text));
  }

  /** For a text that was made here, so that it need not be read to be known. */
  put(text: string, evidence: T): T {
    if (this.#byText.size >= this.limit) {
      this.#byText.delete(this.#byText.keys().next().value as string);
    }
    this.#byText.set(text, evidence);
    return evidence;
  }
}
