import {
  type ArchivedDelegationFilter,
  type ArchiveOptions,
  type ArchiveReport,
  type CompactReport,
  type DelegationFilter,
  type Disclosure,
  type DoctorOptions,
  type DoctorReport,
  type DumpRow,
  type DurableRunFilter,
  type EarlierChain,
  expectWrites,
  type ImportReport,
  type Intent,
  isStorableText,
  type LedgerEntry,
  type PersonalDataCount,
  type ReadRequest,
  type ReadResult,
  type RunJournalRecords,
  type RunListPage,
  type RunListRequest,
  runListQuery,
  type StatementEntry,
  type StoredChain,
  type StoredRun,
  type StoreEvent,
  type StoreMaintenance,
  type StoreWrite,
  storeEventOf,
  type TrailEntry,
  TrustStore,
} from '@kaizen-eatp/core/store';
import { DatabaseFile } from './connection/database-file.js';
import { isGone, showOwner } from './connection/owner-lock.js';
import { lockRuns } from './connection/run-lock.js';
import { closedError, isBusy, storeFailure } from './failures.js';
import { archiveDelegations } from './maintenance/archive.js';
import { compact } from './maintenance/compact.js';
import { examine } from './maintenance/doctor.js';
import { exportJsonLines, rowsAtOneMoment } from './maintenance/export-json-lines.js';
import { importJsonLines } from './maintenance/import-json-lines.js';
import { type Settings, type SqliteTrustStoreOptions, settingsOf } from './options.js';
import { Tables } from './tables/tables.js';
import { ChangeFeed } from './watching/change-feed.js';
import { GroupCommitter } from './writing/group-committer.js';

/**
 * A trust store in a file, whose chains are those of the reference's `SqliteTrustStore`: Python and any number of
 * processes can use the file concurrently.
 *
 * A commit is acknowledged once it has been synced to the disk. Commits that come together share one sync.
 */
export class SqliteTrustStore extends TrustStore implements StoreMaintenance {
  override readonly throwsCodedErrors = true;
  /** The file, as an absolute path. */
  readonly path: string;
  readonly #file: DatabaseFile;
  readonly #tables: Tables;
  readonly #feed: ChangeFeed;
  readonly #commits: GroupCommitter;
  readonly #lockTimeout: number;
  #isClosed = false;

  /**
   * Opens the file, or makes it.
   *
   * @throws StoreError `STORE_FAILED` if it cannot be used: not permitted, no space, locked for longer than
   * `lockTimeout`, damaged, no database, or of another schema version; `STORE_NOT_FOUND` for a missing file with
   * `create: false`. InvalidArgumentError for an option.
   */
  static async open(options: SqliteTrustStoreOptions = {}): Promise<SqliteTrustStore> {
    return new SqliteTrustStore(settingsOf(options));
  }

  private constructor(settings: Settings) {
    super();
    this.path = settings.path;
    this.#lockTimeout = settings.lockTimeout;
    this.#file = DatabaseFile.open(settings);
    try {
      this.#tables = new Tables(this.#file.db);
      this.#feed = new ChangeFeed(this.#file, settings.pollInterval, settings.onWatchFailure);
      this.#commits = new GroupCommitter(this.#file, this.#feed, settings.lockTimeout);
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

  trailHead(trailId: string): Promise<TrailEntry | undefined> {
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

  readStatements({ afterSequence = 0, limit = Infinity } = {}): Promise<StatementEntry[]> {
    return this.query(({ statements }) => statements.read(afterSequence, limit));
  }

  override findArchivedDelegations(filter: ArchivedDelegationFilter): Promise<LedgerEntry[]> {
    return this.query(({ history }) => history.archivedDelegations(filter));
  }

  override readEarlierChains(agentIds: readonly string[]): Promise<EarlierChain[]> {
    return this.query(({ history }) => history.earlierChains(agentIds));
  }

  readDisclosures(digests: readonly string[]): Promise<(Disclosure | undefined)[]> {
    return this.query(({ disclosures }) =>
      digests.map((digest) => (isStorableText(digest) ? disclosures.read(digest) : undefined)),
    );
  }

  announceOwner(owner: string): Promise<() => Promise<void>> {
    return this.guarded(() => showOwner(this.#file.realPath, owner, this.#lockTimeout));
  }

  findGoneOwners(owners: readonly string[]): Promise<string[]> {
    return this.guarded(async () => owners.filter((owner) => isGone(this.#file.realPath, owner)));
  }

  countPersonalData(person: string): Promise<PersonalDataCount> {
    return this.query(({ disclosures, runs }) =>
      isStorableText(person)
        ? { disclosures: disclosures.count(person), runs: runs.countContent(person) }
        : { disclosures: 0, runs: 0 },
    );
  }

  override readRun(runId: string): Promise<RunJournalRecords | undefined> {
    return this.query(({ runs }) => (isStorableText(runId) ? runs.read(runId) : undefined));
  }

  override findRuns(filter: DurableRunFilter): Promise<StoredRun[]> {
    return this.query(({ runs }) => runs.find(filter));
  }

  override async listRuns(request: RunListRequest = {}): Promise<RunListPage> {
    const query = runListQuery(request);
    return this.query(({ runList }) => runList.page(query));
  }

  override holdRuns(): Promise<(() => Promise<void>) | undefined> {
    return this.guarded(async () => lockRuns(this.#file.realPath));
  }

  /**
   * Applies all writes, or none; resolves once they are synced to the disk.
   *
   * @throws InvalidArgumentError for a write that is not of its form; StoreError `STORE_CONFLICT`, `TRAIL_FORK`,
   * `STORE_FAILED`. `evidence.retryable` tells whether the same call may succeed later; `evidence.outcome` is
   * `nothing_written`, or `unknown` if the disk failed while the commit was being synced.
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

  /** {@link StoreMaintenance.doctor}. A damaged file is found as well, as far as it can be read. */
  doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
    return this.guarded(() => examine(this, this.#file, options));
  }

  /** {@link StoreMaintenance.archive}. The archive is in the same file. */
  archive(options: ArchiveOptions = {}): Promise<ArchiveReport> {
    return this.guarded(() => archiveDelegations(this.#file.db, this.#commits, options));
  }

  /** {@link StoreMaintenance.compact}. This process does nothing else meanwhile, and others cannot write. */
  compact(): Promise<CompactReport> {
    return this.guarded(() => compact(this.#file, this.#lockTimeout));
  }

  /** {@link StoreMaintenance.exportJsonLines}. Keeps no writer waiting. */
  exportJsonLines(): AsyncGenerator<string, void, undefined> {
    if (this.#isClosed) throw closedError(this.path);
    return exportJsonLines(this.#file);
  }

  override inventory(): AsyncGenerator<DumpRow, void, undefined> {
    if (this.#isClosed) throw closedError(this.path);
    return rowsAtOneMoment(this.#file, 'heads');
  }

  /** {@link StoreMaintenance.importJsonLines}. */
  importJsonLines(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport> {
    return this.guarded(() => importJsonLines(this.#file, lines, this.#lockTimeout));
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
    const deadline = Date.now() + this.#lockTimeout;
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
