import type { Authority } from '../chain/index.js';
import type { StoredChain } from '../store/index.js';
import type { Deployment } from './deployment.js';

/**
 * What one operation has read of the store so far. Each operation looks anew, but none reads the same thing twice,
 * and none waits for what it has: `need…` is undefined then, and awaited only otherwise, since verification is on
 * the path of every step.
 */
export class ReadSet {
  readonly #chains = new Map<string, StoredChain | undefined>();
  readonly #authorities = new Map<string, Authority | undefined>();

  constructor(readonly deployment: Deployment) {}

  /** A chain that {@link needChains} has read. */
  chain(agentId: string): StoredChain | undefined {
    return this.#chains.get(agentId);
  }

  /** An authority that {@link needAuthorities} has read. */
  authority(authorityId: string): Authority | undefined {
    return this.#authorities.get(authorityId);
  }

  /** What to wait for before these chains can be looked at, if anything. */
  needChains(agentIds: readonly string[]): Promise<void> | undefined {
    const missing = agentIds.filter((id) => !this.#chains.has(id));
    return missing.length === 0 ? undefined : this.readChains(missing);
  }

  /** What to wait for before these authorities can be looked at, if anything. */
  needAuthorities(ids: readonly string[]): Promise<void> | undefined {
    const missing = ids.filter((id) => !this.#authorities.has(id));
    return missing.length === 0 ? undefined : this.readAuthorities(missing);
  }

  /** With them the authorities that they named last time, so that a store far away is asked once and not twice. */
  private async readChains(ids: readonly string[]): Promise<void> {
    const reading = this.deployment.store.readChains(ids);
    const besides = this.needAuthorities(this.deployment.authoritiesLastSeen(ids));
    const stored = besides ? (await Promise.all([reading, besides]))[0] : await reading;
    for (let i = 0; i < ids.length; i++) this.#chains.set(ids[i] as string, stored[i]);
  }

  private async readAuthorities(ids: readonly string[]): Promise<void> {
    const found = await this.deployment.readAuthorities(ids);
    for (const id of ids) this.#authorities.set(id, found.get(id));
  }
}
