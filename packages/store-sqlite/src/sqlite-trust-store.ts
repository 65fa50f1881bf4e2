import {
  type DelegationFilter,
  type Disclosure,
  expectWrites,
  type ImportReport,
  type Intent,
  isStorableText,
  type LedgerEntry,
  type ReadRequest,
  type ReadResult,
  type StoredChain,
  type StoreEvent,
  storeEventOf,
  type StoreWrite,
  type TrailEntry,
  type TrailHead,
  TrustStore,
} from '@kaizen-eatp/core/store';
import { type ArchiveOptions, archiveDelegations } from './archive.js';
import { ChangeFeed } from './change-feed.js';
import { DatabaseFile } from './database-file.js';
import { type DoctorOptions, type DoctorReport, examine } from './doctor.js';
import { dump } from './dump.js';
import { GroupCommit } from './group-commit.js';
import { type SqliteTrustStoreOptions, settingsOf } from './options.js';
import { restore } from './restore.js';
import { closedError, isBusy, storeFailure } from './sqlite-errors.js';
import { Tables } from './tables.js';

/**
 * A trust store in a file, whose chains are those of the reference's `SqliteTrustStore`: Python and any number of
 * processes may use the file at the same time (decisions 12, 13, 17, 18, 19).
 *
 * What `commit` acknowledged has been synced to the disk. Commits that come together share one sync.
 */
export class SqliteTrustStore extends TrustStore {
  override readonly throwsCodedErrors = true;
  /** The file, as an absolute path. */
  readonly path: string;
  readonly #file: DatabaseFile;
  readonly #tables: Tables;
  readonly #feed: ChangeFeed;
  readonly #commits: GroupCommit;
  readonly #busyTimeout: number;
  #isClosed = false;

  /**
   * Opens the file, or makes it.
   *
   * @throws StoreError `STORE_FAILED` if it cannot be used: not permitted, no space, locked for longer than
   * `busyTimeout`, damaged, no database, or of a newer schema. InvalidArgumentError for an option.
   */
  constructor(options: SqliteTrustStoreOptions = {}) {
    super();
    const settings = settingsOf(options);
    this.path = settings.path;
    this.#busyTimeout = settings.busyTimeout;
    this.#file = DatabaseFile.open(settings);
    try {
      this.#tables = new Tables(this.#file.db);
      this.#feed = new ChangeFeed(this.#file, settings.pollInterval, settings.onWatchFailure);
      this.#commits = new GroupCommit(this.#file, this.#feed, settings.busyTimeout);
    } catch (error) {
      this.#file.db.close();
      throw storeFailure(error, this.path);
    }
  }

  read(request: ReadRequest): Promise<ReadResult> {
    return this.query((tables) => tables.read(request));
  }

  listChains({ afterAgentId = '', limit = 100 } = {}): Promise<StoredChain[]> {
    return this.query(({ chains }) => (isStorableText(afterAgentId) ? chains.list(afterAgentId, limit) : []));
  }

  findDelegations(filter: DelegationFilter): Promise<LedgerEntry[]> {
    const isKept = Object.values(filter).every((wanted) => wanted === undefined || isStorableText(wanted));
    return this.query(({ ledger }) => (isKept ? ledger.find(filter) : []));
  }

  trailHead(trailId: string): Promise<TrailHead | undefined> {
    return this.query(({ trails }) => (isStorableText(trailId) ? trails.head(trailId) : undefined));
  }

  readTrail(trailId: string, { afterSequence = 0, limit = Infinity } = {}): Promise<TrailEntry[]> {
    return this.query(({ trails }) =>
      isStorableText(trailId) ? trails.read(trailId, afterSequence, limit) : [],
    );
  }

  openIntents({ trailId }: { trailId?: string } = {}): Promise<Intent[]> {
    return this.query(({ intents }) => (isStorableText(trailId ?? '') ? intents.list(trailId) : []));
  }

  readDisclosures(digests: readonly string[]): Promise<(Disclosure | undefined)[]> {
    return this.query(({ disclosures }) =>
      digests.map((digest) => (isStorableText(digest) ? disclosures.read(digest) : undefined)),
    );
  }

  /**
   * Applies all writes, or none; resolves once they are synced to the disk.
   *
   * @throws StoreError `STORE_CONFLICT`, `TRAIL_FORK`, `STORE_FAILED`; `evidence.retryable` says whether the same
   * call can succeed later, `evidence.outcome` whether it is known that nothing was written.
   */
  async commit(writes: readonly StoreWrite[]): Promise<void> {
    const copies = expectWrites(writes);
    return this.#commits.submit({
      run: () => {
        for (const write of copies) this.#tables.apply(write);
      },
      events: copies.flatMap((write) => storeEventOf(write) ?? []),
    });
  }

  /**
   * Calls back on changes: of this instance before `commit` resolves, of other processes and of Python within
   * `pollInterval` and one look.
   */
  watch(listener: (event: StoreEvent) => void): () => void {
    if (this.#isClosed) throw closedError(this.path);
    return this.#feed.add(listener);
  }

  /**
   * Looks for what cannot come about by way of this library: forks, gaps, bad links and signatures, unreadable
   * records, a damaged file; and for intents that a crash left open.
   *
   * @throws StoreError `STORE_FAILED` if the file cannot be read at all.
   */
  doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
    return this.guarded(() => examine(this, this.#file, options));
  }

  /**
   * Moves what ended runs and tasks left in the delegation ledger to an archive in the same file. Trails are not
   * touched, nor is anything that a delegation in force rests on. An archived id is never taken again.
   *
   * @returns how many were moved.
   */
  archive(options: ArchiveOptions): Promise<number> {
    return this.guarded(() => archiveDelegations(this.#file.db, this.#commits, options));
  }

  /**
   * Everything in the store at one moment, as lines of JSON that any other store takes in, each with its line feed.
   * The last line holds the digest of all others.
   */
  exportJsonLines(): AsyncGenerator<string, void, undefined> {
    if (this.#isClosed) throw closedError(this.path);
    return dump(this.#file);
  }

  /**
   * Takes in an export of any store, whole or not at all, into a store that is empty. Every line's form, every trail's links and
   * the digest are checked. Signatures are checked by whoever reads, and by {@link doctor}.
   *
   * @throws MalformedRecordError if it is no export, or not as it was written; StoreError `STORE_CONFLICT` if the
   * store is not empty.
   */
  importJsonLines(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport> {
    return this.guarded(() => restore(this.#file, lines, this.#busyTimeout));
  }

  /** Stores what waits, and closes the file. */
  override async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#commits.close();
    this.#feed.close();
    this.#file.db.close();
  }

  private async query<T>(ask: (tables: Tables) => T): Promise<T> {
    const deadline = Date.now() + this.#busyTimeout;
    for (;;) {
      if (this.#isClosed) throw closedError(this.path);
      try {
        return ask(this.#tables);
      } catch (error) {
        if (!isBusy(error) || Date.now() >= deadline) throw storeFailure(error, this.path);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closedError(this.path);
    try {
      return await work();
    } catch (error) {
      throw storeFailure(error, this.path);
    }
  }
}
