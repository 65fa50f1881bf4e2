import type { TrustedAgent } from '@kaizen-eatp/core';
import type { Candidate } from './candidate-bucket.js';
import type { CapabilityIndex } from './capability-index.js';

/** `stale`: not heard of for longer than `staleAfter`. `unhealthy`: said so itself. Neither is found. */
export type AgentHealth = 'healthy' | 'unhealthy' | 'stale';

export interface AgentHealthReport {
  readonly health: AgentHealth;
  /** When it was registered or last heard of: milliseconds since the epoch. */
  readonly lastSeen: number;
  /** The load that was reported, and the load acquired on top of it. */
  readonly load: number;
}

/** The registry's entry for an agent. It knows whether, where and by which capabilities the agent is indexed. */
export class RegisteredAgent implements Candidate {
  /** False while it is being registered: it is followed already, but not found. */
  isReady = false;
  health: AgentHealth = 'healthy';
  #reportedLoad = 0;
  #acquired = 0;
  #load = 0;
  #index: CapabilityIndex<RegisteredAgent> | undefined;
  #capabilities: readonly string[] = [];

  constructor(
    readonly agent: TrustedAgent,
    readonly sequence: number,
    public lastSeen: number,
  ) {}

  get load(): number {
    return this.#load;
  }

  get isIndexed(): boolean {
    return this.#index !== undefined;
  }

  /** Takes it out of the index that it is in, if any, and puts it into this one, if any, as it is now. */
  moveTo(index: CapabilityIndex<RegisteredAgent> | undefined): void {
    this.#index?.delete(this, this.#capabilities);
    this.#load = this.#reportedLoad + this.#acquired;
    this.#capabilities = this.agent.capabilities;
    this.#index = index;
    index?.add(this, this.#capabilities);
  }

  /** Takes the load that the agent reports. */
  report(load: number): void {
    this.#reportedLoad = load;
    this.#updateLoad();
  }

  /** Counts one more piece of work. @returns a function that ends it; only the first call counts. */
  acquire(): () => void {
    let isHeld = true;
    this.#acquired += 1;
    this.#updateLoad();
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#acquired -= 1;
      this.#updateLoad();
    };
  }

  #updateLoad(): void {
    this.#index?.delete(this, this.#capabilities);
    this.#load = this.#reportedLoad + this.#acquired;
    this.#index?.add(this, this.#capabilities);
  }
}
