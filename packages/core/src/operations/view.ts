import type { Authority } from '../chain/index.js';
import type { StoredChain } from '../store/index.js';
import type { Kernel } from './kernel.js';

/**
 * What one operation has read of the store so far. Each operation looks anew, but none reads the same thing twice.
 */
export class View {
  readonly #chains = new Map<string, StoredChain | undefined>();
  readonly #authorities = new Map<string, Authority | undefined>();

  constructor(readonly kernel: Kernel) {}

  async chain(agentId: string): Promise<StoredChain | undefined> {
    if (!this.#chains.has(agentId)) await this.readChains([agentId]);
    return this.#chains.get(agentId);
  }

  /** Reads what is still missing of these in one go. */
  async readChains(agentIds: readonly string[]): Promise<void> {
    const missing = agentIds.filter((id) => !this.#chains.has(id));
    if (missing.length === 0) return;
    const stored = await this.kernel.store.readChains(missing);
    for (let i = 0; i < missing.length; i++) this.#chains.set(missing[i] as string, stored[i]);
  }

  /** All authorities read so far, these among them; those that are not stored are undefined. */
  async authorities(ids: readonly string[]): Promise<ReadonlyMap<string, Authority | undefined>> {
    const missing = ids.filter((id) => !this.#authorities.has(id));
    if (missing.length > 0) {
      const found = await this.kernel.readAuthorities(missing);
      for (const id of missing) this.#authorities.set(id, found.get(id));
    }
    return this.#authorities;
  }

  async authority(id: string): Promise<Authority | undefined> {
    return this.#authorities.get(id) ?? (await this.authorities([id])).get(id);
  }
}
