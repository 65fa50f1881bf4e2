/**
 * The runs that have ended, oldest first. Only the newest ones are kept. A run that ends with an open intent waits
 * until the intent has its outcome.
 */
export class FinishedRuns {
  readonly #known = new Set<string>();
  readonly #waiting = new Set<string>();
  /** Starts at {@link #first}; the entries before it were dropped. */
  #queue: string[] = [];
  #first = 0;

  /**
   * @param retained - how many finished runs are kept.
   * @param isOver - whether nothing of a run is open or in force.
   * @param drop - forgets a run.
   */
  constructor(
    private readonly retained: number,
    private readonly isOver: (runId: string) => boolean,
    private readonly drop: (runId: string) => void,
  ) {}

  /** Notes that a run was ended. */
  end(runId: string): void {
    if (this.retained === Number.POSITIVE_INFINITY || this.#known.has(runId)) return;
    this.#known.add(runId);
    if (this.isOver(runId)) this.enqueue(runId);
    else this.#waiting.add(runId);
  }

  /** Notes that an intent of a trail was closed. */
  intentClosed(trailId: string): void {
    if (this.#waiting.size === 0 || !this.#waiting.has(trailId) || !this.isOver(trailId)) return;
    this.#waiting.delete(trailId);
    this.enqueue(trailId);
  }

  private enqueue(runId: string): void {
    this.#queue.push(runId);
    while (this.#queue.length - this.#first > this.retained) {
      const oldest = this.#queue[this.#first++] as string;
      this.#known.delete(oldest);
      // Something may have been added to it since it ended.
      if (this.isOver(oldest)) this.drop(oldest);
    }
    // Moving the rest once in a while costs less than moving it for each run.
    if (this.#first > 1_000 && this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
  }
}
