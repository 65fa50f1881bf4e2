import { StoreError } from '../../errors/index.js';
import type { TrailHead } from '../contract/stored-records.js';

/** The effects of a batch's writes so far, for the writes that come later in it. */
export class Batch {
  /** The heads of the trails that the batch has appended to. */
  readonly heads = new Map<string, TrailHead>();
  /** The intents that the batch has opened. */
  readonly opened = new Set<string>();
  /** The intents that the batch has closed. */
  readonly closed = new Set<string>();
  readonly #touched = new Set<string>();

  /** @throws StoreError `STORE_CONFLICT` for a second change of the same record. */
  touch(what: string): void {
    if (this.#touched.has(what)) {
      throw new StoreError('STORE_CONFLICT', `A batch changes the ${what} twice`, {
        remedy: 'Write each record once in a batch.',
        evidence: { retryable: false, outcome: 'nothing_written' },
      });
    }
    this.#touched.add(what);
  }
}
