import {
  type ArchivedDelegationFilter,
  type DelegationFilter,
  type DurableRunFilter,
  type ReadRequest,
  type RunListRequest,
  type StatementEntry,
  type StoreEvent,
  type StoreWrite,
  TrustStore,
} from '@kaizen-eatp/core/store';

/** Forwards all calls to another store. It is the base class of fakes that change one thing about a store. */
export class ForwardingStore extends TrustStore {
  constructor(protected readonly inner: TrustStore) {
    super();
  }

  read(request: ReadRequest) {
    return this.inner.read(request);
  }
  listChains(page?: { afterAgentId?: string; limit?: number }) {
    return this.inner.listChains(page);
  }
  findDelegations(filter: DelegationFilter) {
    return this.inner.findDelegations(filter);
  }
  override findArchivedDelegations(filter: ArchivedDelegationFilter) {
    return this.inner.findArchivedDelegations(filter);
  }
  override readEarlierChains(agentIds: readonly string[]) {
    return this.inner.readEarlierChains(agentIds);
  }
  trailHead(trailId: string) {
    return this.inner.trailHead(trailId);
  }
  readTrail(trailId: string, page?: { afterSequence?: number; limit?: number }) {
    return this.inner.readTrail(trailId, page);
  }
  openIntents(filter?: { trailId?: string }) {
    return this.inner.openIntents(filter);
  }
  readStatements(page?: { afterSequence?: number; limit?: number }): Promise<StatementEntry[]> {
    return this.inner.readStatements(page);
  }
  readDisclosures(digests: readonly string[]) {
    return this.inner.readDisclosures(digests);
  }
  announceOwner(owner: string) {
    return this.inner.announceOwner(owner);
  }
  findGoneOwners(owners: readonly string[]) {
    return this.inner.findGoneOwners(owners);
  }
  countPersonalData(person: string) {
    return this.inner.countPersonalData(person);
  }
  override readRun(runId: string) {
    return this.inner.readRun(runId);
  }
  override findRuns(filter: DurableRunFilter) {
    return this.inner.findRuns(filter);
  }
  override listRuns(request?: RunListRequest) {
    return this.inner.listRuns(request);
  }
  override holdRuns() {
    return this.inner.holdRuns();
  }
  commit(writes: readonly StoreWrite[]): Promise<void> {
    return this.inner.commit(writes);
  }
  watch(listener: (event: StoreEvent) => void): () => void {
    return this.inner.watch(listener);
  }
  override close(): Promise<void> {
    return this.inner.close();
  }
}
