import { describeThrown, EatpError, StoreError } from '../../errors/index.js';
import type { DurableRunFilter } from './durable-runs.js';
import { expectWrites } from './expect-writes.js';
import type { ReadRequest } from './read-request.js';
import type { RunListRequest } from './run-list.js';
import type { StoreWrite } from './store-write.js';
import {
  type ArchivedDelegationFilter,
  type DelegationFilter,
  type StoreEvent,
  TrustStore,
} from './trust-store.js';

/** Wraps a store so that everything it throws is a coded error: the store of a plugin can throw anything. */
export class CheckedStore extends TrustStore {
  /** Returns a store that throws coded errors only: the store itself if it does so already. */
  static around(store: TrustStore): TrustStore {
    return store.throwsCodedErrors ? store : new CheckedStore(store);
  }

  constructor(
    /** The store that is wrapped. */
    readonly inner: TrustStore,
  ) {
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
  /** Returns the place and hash of the last entry of a trail. */
  trailHead(trailId: string) {
    return coded(() => this.inner.trailHead(trailId));
  }
  readTrail(trailId: string, page?: { afterSequence?: number; limit?: number }) {
    return coded(() => this.inner.readTrail(trailId, page));
  }
  override findArchivedDelegations(filter: ArchivedDelegationFilter) {
    return coded(() => this.inner.findArchivedDelegations(filter));
  }
  override readEarlierChains(agentIds: readonly string[]) {
    return coded(() => this.inner.readEarlierChains(agentIds));
  }
  readStatements(page?: { afterSequence?: number; limit?: number }) {
    return coded(() => this.inner.readStatements(page));
  }
  openIntents(filter?: { trailId?: string }) {
    return coded(() => this.inner.openIntents(filter));
  }
  readDisclosures(digests: readonly string[]) {
    return coded(() => this.inner.readDisclosures(digests));
  }
  announceOwner(owner: string) {
    return coded(() => this.inner.announceOwner(owner));
  }
  findGoneOwners(owners: readonly string[]) {
    return coded(() => this.inner.findGoneOwners(owners));
  }
  countPersonalData(person: string) {
    return coded(() => this.inner.countPersonalData(person));
  }
  override readRun(runId: string) {
    return coded(() => this.inner.readRun(runId));
  }
  override findRuns(filter: DurableRunFilter) {
    return coded(() => this.inner.findRuns(filter));
  }
  override listRuns(request?: RunListRequest) {
    return coded(() => this.inner.listRuns(request));
  }
  override holdRuns() {
    return coded(() => this.inner.holdRuns());
  }
  override async *inventory() {
    try {
      yield* this.inner.inventory();
    } catch (error) {
      throw asStoreError(error);
    }
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
  /** Closes the wrapped store. */
  override close(): Promise<void> {
    return coded(() => this.inner.close());
  }
}

/** The state of the writes of a call that failed, as far as it is known. */
type WritesOutcome = 'nothing_written' | 'unknown';

async function coded<T>(call: () => Promise<T>, outcome: WritesOutcome = 'nothing_written'): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asStoreError(error, outcome);
  }
}

/** A failed commit may still have been applied, for example if the connection was lost before the answer. */
function asStoreError(cause: unknown, outcome: WritesOutcome = 'nothing_written'): EatpError {
  if (cause instanceof EatpError) return cause;
  return new StoreError('STORE_FAILED', 'The trust store failed', {
    received: describeThrown(cause),
    remedy:
      outcome === 'unknown'
        ? 'See `cause`, and repair the store. It is unknown whether the writes are stored.'
        : 'See `cause`, and repair the store.',
    evidence: { retryable: false, outcome },
    cause,
  });
}
