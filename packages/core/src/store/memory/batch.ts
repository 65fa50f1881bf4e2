import { StoreError } from '../../errors/index.js';
import type { StoredRun } from '../contract/durable-runs.js';
import type { TrailHead } from '../contract/stored-records.js';

/** The effects of a batch's writes so far, for the writes that come later in it. */
export class Batch {
  /** The last statement that the batch has appended. */
  statementsHead: TrailHead | undefined;
  // Made when they are needed: most batches are one or two writes.
  #heads: Map<string, TrailHead> | undefined;
  #opened: Set<string> | undefined;
  #closed: Set<string> | undefined;
  #touched: Set<string> | undefined;
  #claims: Map<string, string> | undefined;
  #added: Map<string, StoredRun> | undefined;

  /** The heads of the trails that the batch has appended to. */
  get heads(): Map<string, TrailHead> {
    this.#heads ??= new Map();
    return this.#heads;
  }

  /** The intents that the batch has opened. */
  get opened(): Set<string> {
    this.#opened ??= new Set();
    return this.#opened;
  }

  /** The intents that the batch has closed. */
  get closed(): Set<string> {
    this.#closed ??= new Set();
    return this.#closed;
  }

  /** The owners of the runs that the batch has claimed. */
  get claims(): Map<string, string> {
    this.#claims ??= new Map();
    return this.#claims;
  }

  /** The runs that the batch has added. */
  get added(): Map<string, StoredRun> {
    this.#added ??= new Map();
    return this.#added;
  }

  /** @throws StoreError `STORE_CONFLICT` for a second change of the same record. */
  touch(what: string): void {
    this.#touched ??= new Set();
    if (this.#touched.has(what)) {
      throw new StoreError('STORE_CONFLICT', `A batch changes the ${what} twice`, {
        remedy: 'Write each record once in a batch.',
        evidence: { retryable: false, outcome: 'nothing_written' },
      });
    }
    this.#touched.add(what);
  }
}
