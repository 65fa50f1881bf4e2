import { BridgeError } from '../errors.js';
import type { Worker } from './worker.js';

export interface PoolLimits {
  /** Calls that wait for a worker with room. */
  readonly maxQueued: number;
  /** How long a call waits while no worker serves the agent, in milliseconds. */
  readonly joinTimeout: number;
}

/** A worker, and a place for a call there. */
export interface Place {
  readonly worker: Worker;
  /** Gives the place up; when the call is made, or is not made after all. */
  release(): void;
}

interface Waiting {
  take(place: Place): void;
  fail(error: Error): void;
}

/** The workers that serve one agent. Each call goes to the one that is least busy; if all are, it waits its turn. */
export class AgentPool {
  readonly #workers = new Set<Worker>();
  readonly #waiting = new Set<Waiting>();

  constructor(
    readonly name: string,
    private readonly limits: PoolLimits,
  ) {}

  get size(): number {
    return this.#workers.size;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  add(worker: Worker): void {
    this.#workers.add(worker);
    this.serve();
  }

  /** @returns whether it was there. */
  remove(worker: Worker): boolean {
    return this.#workers.delete(worker);
  }

  /**
   * @returns a place at a worker that can take a call now.
   * @throws BridgeError `AGENT_UNAVAILABLE`, `BRIDGE_OVERLOADED`; the signal's reason.
   */
  acquire(signal?: AbortSignal): Place | Promise<Place> {
    signal?.throwIfAborted();
    const place = this.#waiting.size === 0 ? this.takePlace() : undefined;
    return place ?? this.wait(signal);
  }

  /** Some worker may have room. */
  serve(): void {
    for (const waiting of this.#waiting) {
      const place = this.takePlace();
      if (!place) return;
      this.#waiting.delete(waiting);
      waiting.take(place);
    }
  }

  /** Nobody will serve those who wait. */
  close(error: Error): void {
    for (const waiting of this.#waiting) waiting.fail(error);
    this.#waiting.clear();
  }

  private wait(signal: AbortSignal | undefined): Promise<Place> {
    if (this.#waiting.size >= this.limits.maxQueued) {
      throw new BridgeError('BRIDGE_OVERLOADED', `Too many calls wait for agent '${this.name}'`, {
        expected: `at most ${this.limits.maxQueued}`,
        remedy:
          'Make fewer calls concurrently, start more workers for it, or raise `maxQueued` on the bridge.',
        evidence: { agent: this.name, queued: this.#waiting.size },
      });
    }
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const settled = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        this.#waiting.delete(waiting);
      };
      const aborted = (): void => {
        settled();
        reject(signal?.reason);
      };
      const waiting: Waiting = {
        take: (place) => {
          settled();
          resolve(place);
        },
        fail: (error) => {
          settled();
          reject(error);
        },
      };
      const giveUp = (): void => {
        // A worker that is only busy, or away for a moment, is waited for.
        if (this.#workers.size > 0) {
          timer = setTimeout(giveUp, this.limits.joinTimeout).unref();
          return;
        }
        waiting.fail(
          new BridgeError('AGENT_UNAVAILABLE', `No worker serves agent '${this.name}'`, {
            received: `no worker joined within ${this.limits.joinTimeout} ms`,
            remedy: `Start one: kaizen-eatp-bridge join URL --agent ${this.name}=MODULE:ATTRIBUTE.`,
            evidence: { agent: this.name },
          }),
        );
      };
      timer = setTimeout(giveUp, this.limits.joinTimeout);
      signal?.addEventListener('abort', aborted, { once: true });
      this.#waiting.add(waiting);
    });
  }

  /** At the least busy worker. */
  private takePlace(): Place | undefined {
    let best: Worker | undefined;
    for (const worker of this.#workers)
      if (worker.canTake && (!best || worker.load < best.load)) best = worker;
    return best && { worker: best, release: best.reserve() };
  }
}
