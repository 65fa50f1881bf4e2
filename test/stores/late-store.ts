import {
  type ArchivedDelegationFilter,
  type DelegationFilter,
  type DurableRunFilter,
  type ReadRequest,
  type StoreEvent,
  type StoreWrite,
  TrustStore,
} from '@kaizen-eatp/core/store';

/** A store that is opened when it is first used, for tests that make theirs where nothing can be waited for. */
export class LateStore extends TrustStore {
  override readonly throwsCodedErrors = true;
  #opening: Promise<TrustStore> | undefined;

  constructor(private readonly open: () => Promise<TrustStore>) {
    super();
  }

  async read(request: ReadRequest) {
    return (await this.#opened()).read(request);
  }
  async listChains(page?: { afterAgentId?: string; limit?: number }) {
    return (await this.#opened()).listChains(page);
  }
  async findDelegations(filter: DelegationFilter) {
    return (await this.#opened()).findDelegations(filter);
  }
  override async findArchivedDelegations(filter: ArchivedDelegationFilter) {
    return (await this.#opened()).findArchivedDelegations(filter);
  }
  override async readEarlierChains(agentIds: readonly string[]) {
    return (await this.#opened()).readEarlierChains(agentIds);
  }
  async trailHead(trailId: string) {
    return (await this.#opened()).trailHead(trailId);
  }
  async readTrail(trailId: string, page?: { afterSequence?: number; limit?: number }) {
    return (await this.#opened()).readTrail(trailId, page);
  }
  async openIntents(filter?: { trailId?: string }) {
    return (await this.#opened()).openIntents(filter);
  }
  async readStatements(page?: { afterSequence?: number; limit?: number }) {
    return (await this.#opened()).readStatements(page);
  }
  async readDisclosures(digests: readonly string[]) {
    return (await this.#opened()).readDisclosures(digests);
  }
  async announceOwner(owner: string) {
    return (await this.#opened()).announceOwner(owner);
  }
  async findGoneOwners(owners: readonly string[]) {
    return (await this.#opened()).findGoneOwners(owners);
  }
  async countPersonalData(person: string) {
    return (await this.#opened()).countPersonalData(person);
  }
  override async readRun(runId: string) {
    return (await this.#opened()).readRun(runId);
  }
  override async findRuns(filter: DurableRunFilter) {
    return (await this.#opened()).findRuns(filter);
  }
  override async holdRuns() {
    return (await this.#opened()).holdRuns();
  }
  override async *inventory() {
    yield* (await this.#opened()).inventory();
  }
  /** Everything, where the store can export it. */
  async *exportJsonLines(): AsyncGenerator<string, void, undefined> {
    yield* ((await this.#opened()) as unknown as Pick<LateStore, 'exportJsonLines'>).exportJsonLines();
  }
  async commit(writes: readonly StoreWrite[]): Promise<void> {
    return (await this.#opened()).commit(writes);
  }

  watch(listener: (event: StoreEvent) => void): () => void {
    let isOver = false;
    let stop = (): void => undefined;
    // Before any commit of this store, since that waits for the same opening, and later.
    this.#opened().then(
      (store) => {
        if (!isOver) stop = store.watch(listener);
      },
      // The next read or write reports the error.
      () => undefined,
    );
    return () => {
      isOver = true;
      stop();
    };
  }

  override async close(): Promise<void> {
    if (this.#opening) await (await this.#opening).close();
  }

  #opened(): Promise<TrustStore> {
    this.#opening ??= this.open();
    return this.#opening;
  }
}
