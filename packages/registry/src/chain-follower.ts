import type { TrustOperations } from '@kaizen-eatp/core';
import type { StoreEvent } from '@kaizen-eatp/core/store';
import type { RegisteredAgent } from './registered-agent.js';

interface Followed {
  /** The registered agent of this id, if there is one. */
  find(agentId: string): RegisteredAgent | undefined;
  /** Called when an agent's chain was read again. */
  read(entry: RegisteredAgent): void;
  failed(entry: RegisteredAgent, error: unknown): void;
}

/** Reads an agent's chain again whenever it is changed or revoked. */
export class ChainFollower {
  /** Reads under way, and whether there was a change since the read began. */
  readonly #reading = new Map<RegisteredAgent, { done: Promise<void>; isOutdated: boolean }>();
  readonly #unwatch: () => void;

  constructor(
    trust: TrustOperations,
    private readonly followed: Followed,
  ) {
    this.#unwatch = trust.watch((event) => this.heed(event));
  }

  /** Resolves when every change that was announced by now, or those to one agent, were read. Never rejects. */
  async caughtUp(entry?: RegisteredAgent): Promise<void> {
    if (entry) return this.#reading.get(entry)?.done;
    if (this.#reading.size > 0) await Promise.all([...this.#reading.values()].map(({ done }) => done));
  }

  follow(entry: RegisteredAgent): void {
    const reading = this.#reading.get(entry);
    if (reading) reading.isOutdated = true;
    else this.#reading.set(entry, { done: this.read(entry), isOutdated: false });
  }

  close(): void {
    this.#unwatch();
  }

  private heed(event: StoreEvent): void {
    if (event.type === 'statement_added') return;
    const isAgent = event.type === 'chain_changed' || event.revocation.kind === 'agent';
    const agentId = event.type === 'chain_changed' ? event.agentId : event.revocation.subjectId;
    const entry = isAgent ? this.followed.find(agentId) : undefined;
    if (entry) this.follow(entry);
  }

  private async read(entry: RegisteredAgent): Promise<void> {
    // The caller notes this read as under way before anything of it happens.
    await Promise.resolve();
    const reading = this.#reading.get(entry);
    try {
      do {
        if (reading) reading.isOutdated = false;
        await entry.agent.refresh();
      } while (reading?.isOutdated);
      this.#reading.delete(entry);
      if (this.followed.find(entry.agent.id) === entry) this.followed.read(entry);
    } catch (error) {
      this.#reading.delete(entry);
      if (this.followed.find(entry.agent.id) === entry) this.followed.failed(entry, error);
    }
  }
}
