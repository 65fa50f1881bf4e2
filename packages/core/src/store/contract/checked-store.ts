import { describeThrown, EatpError, StoreError } from '../../errors/index.js';
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
  commit(writes: readonly StoreWrite[]) {
    return coded(() => this.inner.commit(writes), COMMIT);
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

interface Advice {
  readonly summary: string;
  readonly remedy: string;
  readonly outcome: 'nothing_written' | 'unknown';
}

const READ: Advice = {
  summary: 'The trust store failed',
  remedy: 'See `cause`, and repair the store.',
  outcome: 'nothing_written',
};

/** A store of another party can have applied the writes before it failed, for instance when a connection was lost. */
const COMMIT: Advice = {
  summary: 'The trust store failed during a commit',
  remedy:
    'See `cause`, and repair the store. It is unknown whether the writes are stored: read the records before you write them again.',
  outcome: 'unknown',
};

async function coded<T>(call: () => Promise<T>, advice = READ): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asStoreError(error, advice);
  }
}

function asStoreError(cause: unknown, { summary, remedy, outcome }: Advice = READ): EatpError {
  if (cause instanceof EatpError) return cause;
  return new StoreError('STORE_FAILED', summary, {
    received: describeThrown(cause),
    remedy,
    evidence: { outcome },
    cause,
  });
}
