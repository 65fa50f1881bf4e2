import { sizeOfEvent } from './event-size.js';
import type { RunEvent } from './run-events.js';

/** How many events are kept for a reader that is behind. */
const MAX_KEPT = 10_000;
/** How many bytes they take at most, roughly. The newest event is kept whatever its size. */
const MAX_BYTES = 16 * 2 ** 20;

/**
 * The events of one run. Each event is kept until the first iterator reads it. When too many are waiting, the oldest
 * are dropped, and the reader gets an event with their number.
 */
export class EventStream implements AsyncIterable<RunEvent> {
  #events: ({ readonly event: RunEvent; readonly size: number } | undefined)[] = [];
  #next = 0;
  #bytes = 0;
  #dropped = 0;
  #isEnded = false;
  readonly #waiting = new Set<() => void>();

  /** Adds an event. */
  push(event: RunEvent): void {
    if (this.#isEnded) return;
    const size = sizeOfEvent(event, MAX_BYTES);
    this.#events.push({ event, size });
    this.#bytes += size;
    while (this.#waitingEvents > MAX_KEPT || (this.#bytes > MAX_BYTES && this.#waitingEvents > 1)) {
      this.#forget();
      this.#dropped += 1;
    }
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
    const event = this.#events[this.#next]?.event;
    if (!event) return undefined;
    if (this.#dropped > 0) {
      const count = this.#dropped;
      this.#dropped = 0;
      return { runId: event.runId, at: event.at, type: 'events_dropped', count };
    }
    this.#forget();
    return event;
  }

  get #waitingEvents(): number {
    return this.#events.length - this.#next;
  }

  #forget(): void {
    this.#bytes -= this.#events[this.#next]?.size ?? 0;
    this.#events[this.#next] = undefined;
    this.#next += 1;
    this.#compact();
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
