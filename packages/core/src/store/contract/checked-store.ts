import { describeThrown, EatpError, StoreError } from '../../errors/index.js';
import { expectWrites } from './expect-writes.js';
import type { ReadRequest } from './read-request.js';
import type { StoreWrite } from './store-write.js';
import { type DelegationFilter, type StoreEvent, TrustStore } from './trust-store.js';

/** Any store, with whatever it throws turned into a coded error: a store plugin may throw what it likes. */
export class CheckedStore extends TrustStore {
  static around(store: TrustStore): TrustStore {
    return store.throwsCodedErrors ? store : new CheckedStore(store);
  }

  constructor(readonly inner: TrustStore) {
    super();
  }

  read(request: ReadRequest) {
    return coded(() => this.inner.read(request));
  }
  listChains(page?: { afterAgentId?: string; limit?: number }) {
    return coded(() => this.inner.listChains(page));
  }
  findDelegations(filter: DelegationFilter) {
    return coded(() => this.inner.findDelegations(filter));
  }
  trailHead(trailId: string) {
    return coded(() => this.inner.trailHead(trailId));
  }
  readTrail(trailId: string, page?: { afterSequence?: number; limit?: number }) {
    return coded(() => this.inner.readTrail(trailId, page));
  }
  openIntents(filter?: { trailId?: string }) {
    return coded(() => this.inner.openIntents(filter));
  }
  readDisclosures(digests: readonly string[]) {
    return coded(() => this.inner.readDisclosures(digests));
  }
  commit(writes: readonly StoreWrite[]) {
    return coded(async () => this.inner.commit(expectWrites(writes)), 'unknown');
  }
  watch(listener: (event: StoreEvent) => void): () => void {
    try {
      return this.inner.watch(listener);
    } catch (error) {
      throw asStoreError(error);
    }
  }
  override close(): Promise<void> {
    return coded(() => this.inner.close());
  }
}

/** Whether a failed call can have written anything; the store itself does not say. */
type Outcome = 'nothing_written' | 'unknown';

async function coded<T>(call: () => Promise<T>, outcome: Outcome = 'nothing_written'): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asStoreError(error, outcome);
  }
}

function asStoreError(cause: unknown, outcome: Outcome = 'nothing_written'): EatpError {
  if (cause instanceof EatpError) return cause;
  return new StoreError('STORE_FAILED', 'The trust store failed', {
    received: describeThrown(cause),
    remedy:
      outcome === 'unknown'
        ? 'The writes may have been applied. See `cause`, and read the trail or the record before the call is repeated.'
        : 'See `cause`. Repair the store and repeat the call.',
    evidence: { retryable: false, outcome },
    cause,
  });
}
