/** How long to wait for a pattern that does not come to rest, in milliseconds of the event loop. */
const PATIENCE = 300;
/** So many turns of the event loop without a change are a rest. */
const TURNS = 3;

/** Chooses who may finish next: the index in a list, which is never empty, of those who wait in the order of their arrival. */
export type Order = (waiting: readonly string[]) => number;

/** The orders in which agents that work concurrently can finish. */
export const ORDERS = {
  first: () => 0,
  last: ({ length }) => length - 1,
  rotated: ({ length }) => (length > 1 ? 1 : 0),
} as const satisfies Record<string, Order>;

/** Holds agents that have done their work, and lets one after the other finish as soon as nothing else happens any more. */
export class Turnstile {
  readonly #waiting: { readonly name: string; readonly pass: () => void }[] = [];
  #hasEnded = false;

  constructor(private readonly order: Order) {}

  /** How many agents wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Waits for the turn of an agent. */
  pass(name: string): Promise<void> {
    if (this.#hasEnded) return Promise.resolve();
    return new Promise((pass) => this.#waiting.push({ name, pass }));
  }

  /** Lets agents pass until {@link open}. @param isAtRest - whether the run waits for agents only that wait here. */
  async serve(isAtRest: () => boolean): Promise<void> {
    while (!this.#hasEnded) {
      if (this.waiting === 0) await turn();
      else if (await this.#rests(isAtRest)) this.#letOnePass();
    }
  }

  /** Lets everyone pass from now on. */
  open(): void {
    this.#hasEnded = true;
    for (const { pass } of this.#waiting.splice(0)) pass();
  }

  #letOnePass(): void {
    const index = this.order(this.#waiting.map(({ name }) => name));
    this.#waiting.splice(index, 1)[0]?.pass();
  }

  async #rests(isAtRest: () => boolean): Promise<boolean> {
    let turns = 0;
    for (let step = 0; step < PATIENCE && turns < TURNS && !this.#hasEnded; step++) {
      await turn();
      turns = isAtRest() ? turns + 1 : 0;
    }
    return !this.#hasEnded;
  }
}

/** A turn of the event loop that takes at least a millisecond, so that work outside of the process goes on. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
