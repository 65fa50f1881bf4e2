/** How long the next one waits for one that does not come to its end, in milliseconds. */
const LONGEST_WAIT = 500;

/**
 * Lets work of this process that appends to one log go one after the other. Without it, of many that append at once all but one sign
 * for a place that is taken, again and again.
 *
 * It only saves work: the store decides who was first. So work that hangs holds up the next one for half a second,
 * and no revocation waits for it longer.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Does the work when that before it has ended. @returns its outcome. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await turn;
    const timer = setTimeout(resolve, LONGEST_WAIT);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      resolve();
    }
  }
}
