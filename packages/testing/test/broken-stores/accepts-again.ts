import type { StoreWrite } from '@kaizen-eatp/core/store';
import { RewritingStore } from './rewriting-store.js';

/** Accepts an offer again and again: only the first acceptance of each delegation reaches the store. */
export class AcceptsAgain extends RewritingStore {
  readonly #accepted = new Set<string>();

  protected rewrite(write: StoreWrite): StoreWrite | undefined {
    if (write.op !== 'accept_delegation') return write;
    if (this.#accepted.has(write.delegationId)) return undefined;
    this.#accepted.add(write.delegationId);
    return write;
  }
}
