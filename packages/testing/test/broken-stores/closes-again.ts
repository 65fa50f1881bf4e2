import type { StoreWrite } from '@kaizen-eatp/core/store';
import { RewritingStore } from './rewriting-store.js';

/** Takes an outcome for what has one already: closes an intent if it is there, and appends in any case. */
export class ClosesAgain extends RewritingStore {
  readonly #closed = new Set<string>();

  protected rewrite(write: StoreWrite): StoreWrite {
    if (write.op !== 'append_anchor') return write;
    const { closesIntent, ...rest } = write;
    if (closesIntent === undefined || this.#closed.has(closesIntent)) return rest;
    this.#closed.add(closesIntent);
    return write;
  }
}
