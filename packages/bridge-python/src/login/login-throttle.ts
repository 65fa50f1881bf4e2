const FIRST_DELAY = 250;
const LONGEST_DELAY = 8_000;
/** Failures are forgotten after this long, and so many addresses are remembered. */
const MEMORY = 10 * 60_000;
const MAX_ADDRESSES = 10_000;

interface Failures {
  count: number;
  at: number;
}

/** Makes guessing slow: each failed login from an address is answered later than the one before. */
export class LoginThrottle {
  readonly #failures = new Map<string, Failures>();

  /** @returns for how long, in milliseconds, the answer to this failure is to be held back. */
  failed(address: string, now: number = Date.now()): number {
    const before = this.#failures.get(address);
    const count = before && now - before.at < MEMORY ? before.count + 1 : 1;
    // The address that failed longest ago is the first of the map.
    this.#failures.delete(address);
    this.#failures.set(address, { count, at: now });
    if (this.#failures.size > MAX_ADDRESSES)
      this.#failures.delete(this.#failures.keys().next().value as string);
    return Math.min(FIRST_DELAY * 2 ** Math.min(count - 1, 20), LONGEST_DELAY);
  }

  succeeded(address: string): void {
    this.#failures.delete(address);
  }
}
