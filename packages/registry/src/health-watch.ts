import type { Clock } from '@kaizen-eatp/core';
import { timeOf } from '@kaizen-eatp/core/plugin';
import type { AgentHealth, RegisteredAgent } from './registered-agent.js';

/** Knows who was heard of when, and finds those who went stale without looking at the others. */
export class HealthWatch {
  /** Those who are not stale, the one not heard of for longest first. */
  readonly #alive = new Set<RegisteredAgent>();

  constructor(
    private readonly clock: Clock,
    private readonly staleAfter: number,
    private readonly changed: (entry: RegisteredAgent) => void,
  ) {}

  seen(entry: RegisteredAgent, health: AgentHealth = 'healthy'): void {
    entry.lastSeen = timeOf(this.clock);
    this.#alive.delete(entry);
    this.#alive.add(entry);
    this.become(entry, health);
  }

  forget(entry: RegisteredAgent): void {
    this.#alive.delete(entry);
  }

  /** Marks agents that went stale. Its cost grows with their number only. */
  sweep(): void {
    const now = timeOf(this.clock);
    for (const entry of this.#alive) {
      if (now - entry.lastSeen <= this.staleAfter) return;
      this.#alive.delete(entry);
      this.become(entry, 'stale');
    }
  }

  private become(entry: RegisteredAgent, health: AgentHealth): void {
    if (entry.health === health) return;
    entry.health = health;
    this.changed(entry);
  }
}
