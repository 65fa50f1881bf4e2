/** The requests of pattern or agent code that are not settled yet. */
export class Asked {
  readonly #pending = new Set<Promise<unknown>>();

  /** The number of requests that are not settled yet. */
  get size(): number {
    return this.#pending.size;
  }

  /** Keeps track of a request until it is settled. A request whose result is never awaited must not end the process. */
  track<T>(ask: () => Promise<T>): Promise<T> {
    let asked: Promise<T>;
    try {
      asked = ask();
    } catch (error) {
      asked = Promise.reject(error);
    }
    const forget = (): void => void this.#pending.delete(asked);
    this.#pending.add(asked);
    asked.then(forget, forget);
    return asked;
  }

  /** Waits until all requests are settled, and the requests that they made in turn. */
  async settle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }
}
