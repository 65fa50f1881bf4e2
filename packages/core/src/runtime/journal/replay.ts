/** How long a pattern may take between its requests during a replay; its code waits for nothing else, in milliseconds. */
const PATIENCE = 10_000;

/** The next turn of the event loop, by when code has requested everything that follows from what it received. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Gives recorded outcomes to a pattern in the order in which it received them before, one for each turn of the event
 * loop, each as soon as the pattern has asked for it again.
 */
export class Replay {
  /** Settles when every recorded outcome was given. */
  readonly over: Promise<void>;
  readonly #requested = new Map<string, () => void>();
  #next = 0;
  #isPumping = false;
  #timer: NodeJS.Timeout | undefined;
  #finish = (): void => undefined;

  /**
   * @param order - the keys of the outcomes, in the order in which they are given.
   * @param onGiven - called for each outcome when it is given.
   * @param onStuck - called with the key that the pattern does not ask for, and with those that it waits for.
   */
  constructor(
    private readonly order: readonly string[],
    private readonly onGiven: (key: string) => void,
    private readonly onStuck: (missing: string, requested: readonly string[]) => void,
  ) {
    this.over = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#advance();
  }

  /** Whether outcomes are left to be given. */
  get isUnderWay(): boolean {
    return this.#next < this.order.length;
  }

  /** Asks for an outcome. Resolves when it is its turn. */
  turnOf(key: string): Promise<void> {
    return new Promise((resolve) => {
      this.#requested.set(key, resolve);
      void this.#pump();
    });
  }

  /** Gives nothing more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (;;) {
      const key = this.order[this.#next];
      const give = key === undefined ? undefined : this.#requested.get(key);
      if (key === undefined || !give) break;
      this.#requested.delete(key);
      this.onGiven(key);
      give();
      await nextTurn();
      this.#next += 1;
      this.#advance();
    }
    this.#isPumping = false;
  }

  #advance(): void {
    clearTimeout(this.#timer);
    if (!this.isUnderWay) return this.#finish();
    this.#timer = setTimeout(() => {
      this.onStuck(this.order[this.#next] as string, [...this.#requested.keys()]);
    }, PATIENCE);
  }
}
