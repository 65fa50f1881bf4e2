import {
  type ArchivedDelegationFilter,
  type DelegationFilter,
  type ReadRequest,
  type StoreEvent,
  type StoreWrite,
  TrustStore,
} from '@kaizen-eatp/core/store';
import { suiteStore } from 'suite-store';

/** A store in which a test decides what happens to each commit. */
export class FailingStore extends TrustStore {
  readonly inner = suiteStore();
  /** All commits since the last {@link arm}, in order, whether they succeeded or not. */
  commits: (readonly StoreWrite[])[] = [];
  /** All writes that were stored, in order. */
  readonly stored: StoreWrite[] = [];
  private interfere: (writes: readonly StoreWrite[], nth: number) => unknown = () => undefined;

  /** @param interfere - called before each commit, from the first on as 1; what it throws, or rejects with, the commit does. */
  arm(interfere: (writes: readonly StoreWrite[], nth: number) => unknown): void {
    this.commits = [];
    this.interfere = interfere;
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.commits.push(writes);
    await this.interfere(writes, this.commits.length);
    await this.inner.commit(writes);
    this.stored.push(...writes);
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
  override inventory() {
    return this.inner.inventory();
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
  readStatements(page?: { afterSequence?: number; limit?: number }) {
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
  watch(listener: (event: StoreEvent) => void): () => void {
    return this.inner.watch(listener);
  }
}
