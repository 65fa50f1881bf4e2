import { StoreError } from '@kaizen-eatp/core/errors';
import { expectWrites, type StoreWrite, TrustStore } from '@kaizen-eatp/core/store';

/** A process's way to a store, which ends at one of the commits of a run as the process does: before it is applied, or after. */
export class MortalStore extends TrustStore {
  override readonly throwsCodedErrors = true;
  /** How many commits runs have made. */
  commits = 0;
  /** Whether the process has died. */
  isDead = false;

  constructor(
    private readonly inner: TrustStore,
    /** The number of the last commit of runs. */
    private readonly last: number,
    private readonly isApplied: boolean,
  ) {
    super();
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.#expectAlive();
    // Only what runs write counts, so that the crashes do not depend on how often a worker looks for runs.
    const isOfRun = expectWrites(writes).some(({ op }) => op === 'fence');
    if (isOfRun) this.commits += 1;
    if (!isOfRun || this.commits < this.last) return this.inner.commit(writes);
    this.isDead = true;
    if (this.isApplied) await this.inner.commit(writes);
    throw dead();
  }

  read(...given: Parameters<TrustStore['read']>) {
    return this.#alive(() => this.inner.read(...given));
  }
  listChains(...given: Parameters<TrustStore['listChains']>) {
    return this.#alive(() => this.inner.listChains(...given));
  }
  findDelegations(...given: Parameters<TrustStore['findDelegations']>) {
    return this.#alive(() => this.inner.findDelegations(...given));
  }
  trailHead(...given: Parameters<TrustStore['trailHead']>) {
    return this.#alive(() => this.inner.trailHead(...given));
  }
  readTrail(...given: Parameters<TrustStore['readTrail']>) {
    return this.#alive(() => this.inner.readTrail(...given));
  }
  openIntents(...given: Parameters<TrustStore['openIntents']>) {
    return this.#alive(() => this.inner.openIntents(...given));
  }
  readDisclosures(...given: Parameters<TrustStore['readDisclosures']>) {
    return this.#alive(() => this.inner.readDisclosures(...given));
  }
  readStatements(...given: Parameters<TrustStore['readStatements']>) {
    return this.#alive(() => this.inner.readStatements(...given));
  }
  override readRun(...given: Parameters<TrustStore['readRun']>) {
    return this.#alive(() => this.inner.readRun(...given));
  }
  override findRuns(...given: Parameters<TrustStore['findRuns']>) {
    return this.#alive(() => this.inner.findRuns(...given));
  }
  override holdRuns() {
    return this.#alive(() => this.inner.holdRuns());
  }
  watch(...given: Parameters<TrustStore['watch']>) {
    return this.inner.watch(...given);
  }

  async #alive<T>(call: () => Promise<T>): Promise<T> {
    this.#expectAlive();
    return call();
  }

  #expectAlive(): void {
    if (this.isDead) throw dead();
  }
}

const dead = (): StoreError =>
  new StoreError('STORE_FAILED', 'The process is dead', {
    remedy: 'None: the suite ends a process here.',
    evidence: { retryable: false, outcome: 'unknown' },
  });
