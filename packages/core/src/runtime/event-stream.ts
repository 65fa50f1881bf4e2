import type { RunEvent } from './run-events.js';

/** How many events are kept for a reader that is behind. */
const MAX_KEPT = 10_000;

/**
 * The events of one run. Each event is kept until the first iterator reads it. When too many are waiting, the oldest
 * are dropped, and the reader gets an event with their number.
 */
export class EventStream implements AsyncIterable<RunEvent> {
  #events: RunEvent[] = [];
  #next = 0;
  #dropped = 0;
  #isEnded = false;
  readonly #waiting = new Set<() => void>();

  /** Adds an event. */
  push(event: RunEvent): void {
    if (this.#isEnded) return;
    this.#events.push(event);
    if (this.#events.length - this.#next > MAX_KEPT) {
      this.#next += 1;
      this.#dropped += 1;
    }
    this.#compact();
    this.#wake();
  }

  /** No more events come. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    for (;;) {
      const event = this.#take();
      if (event) yield event;
      else if (this.#isEnded) return;
      else await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #take(): RunEvent | undefined {
    const event = this.#events[this.#next];
    if (!event) return undefined;
    if (this.#dropped > 0) {
      const count = this.#dropped;
      this.#dropped = 0;
      return { runId: event.runId, at: event.at, type: 'events_dropped', count };
    }
    this.#next += 1;
    this.#compact();
    return event;
  }

  /**
   * Frees the events that were read. Not after each read, since moving the rest costs time in proportion to its length.
   */
  #compact(): void {
    if (this.#next < 1_000 || this.#next * 2 < this.#events.length) return;
    this.#events = this.#events.slice(this.#next);
    this.#next = 0;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
