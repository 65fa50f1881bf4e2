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
  type TrailEntry,
  TrustStore,
} from '@kaizen-eatp/core/store';
import type { Pool } from 'pg';
import { connect, destroy, makePool } from './connection/connections.js';
import { findGoneOwners, showOwner } from './connection/owners.js';
import { closedError, coded } from './failures.js';
import { archiveDelegations } from './maintenance/archive.js';
import { compact } from './maintenance/compact.js';
import { examine } from './maintenance/doctor.js';
import { exportJsonLines, rowsAtOneMoment } from './maintenance/export-json-lines.js';
import { importJsonLines } from './maintenance/import-json-lines.js';
import { checkOptions, type PostgresTrustStoreOptions, type Settings } from './options.js';
import { Reader } from './reading/reader.js';
import { migrate } from './schema/migrate.js';
import { ChangeFeed, lastChange } from './watching/change-feed.js';
import { ChangeWatcher } from './watching/change-watcher.js';
import { GroupCommitter } from './writing/group-committer.js';

/**
 * A trust store in PostgreSQL, for many processes and machines.
 *
 * Every failure is a coded error: `STORE_FAILED` with `evidence.retryable` (whether the same call may succeed
 * later by itself), `evidence.sqlState`, and `evidence.outcome`: `nothing_written`, or `unknown` if the connection
 * broke before the server answered a commit.
 */
export class PostgresTrustStore extends TrustStore implements StoreMaintenance {
  override readonly throwsCodedErrors = true;
  readonly #settings: Settings;
  readonly #pool: Pool;
  readonly #reader: Reader;
  readonly #committer: GroupCommitter;
  readonly #feed: ChangeFeed;
  readonly #watcher: ChangeWatcher;
  #closing: Promise<void> | undefined;

  /**
   * Connects, and makes or migrates the tables.
   *
   * @throws InvalidArgumentError for an option; StoreError `STORE_FAILED` if the server cannot be reached or refuses,
   * or if the schema is newer than this package; `STORE_NOT_FOUND` for a missing schema with `create: false`.
   */
  static async open(options: PostgresTrustStoreOptions): Promise<PostgresTrustStore> {
    const settings = checkOptions(options);
    return coded(async () => {
      const client = await connect(settings, 'upkeep');
      try {
        await migrate(client, settings.schema, settings.create);
        return new PostgresTrustStore(settings, await lastChange(client, settings.schema));
      } finally {
        destroy(client);
      }
    });
  }

  private constructor(settings: Settings, seen: bigint) {
    super();
    this.#settings = settings;
    this.#pool = makePool(settings);
    this.#committer = new GroupCommitter(settings);
    this.#reader = new Reader(this.#pool, (question) => this.#committer.askIfIdle(question), settings.schema);
    this.#feed = new ChangeFeed(settings.schema, seen);
    this.#watcher = new ChangeWatcher(settings, this.#pool, this.#feed);
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    return this.#open().read(request);
  }

  async listChains(page: { afterAgentId?: string; limit?: number } = {}): Promise<StoredChain[]> {
    return this.#open().listChains(page);
  }

  async findDelegations(filter: DelegationFilter): Promise<LedgerEntry[]> {
    return this.#open().findDelegations(filter);
  }

  async trailHead(trailId: string): Promise<TrailEntry | undefined> {
    return this.#open().trailHead(trailId);
  }

  async readTrail(
    trailId: string,
    page: { afterSequence?: number; limit?: number } = {},
  ): Promise<TrailEntry[]> {
    return this.#open().readTrail(trailId, page);
  }

  async openIntents(filter: { trailId?: string } = {}): Promise<Intent[]> {
    return this.#open().openIntents(filter);
  }

  async readStatements(page: { afterSequence?: number; limit?: number } = {}): Promise<StatementEntry[]> {
    return this.#open().readStatements(page);
  }

  override async findArchivedDelegations(filter: ArchivedDelegationFilter): Promise<LedgerEntry[]> {
    return this.#open().findArchivedDelegations(filter);
  }

  override async readEarlierChains(agentIds: readonly string[]): Promise<EarlierChain[]> {
    return this.#open().readEarlierChains(agentIds);
  }

  async readDisclosures(digests: readonly string[]): Promise<(Disclosure | undefined)[]> {
    return this.#open().readDisclosures(digests);
  }

  /** {@link TrustStore.announceOwner}. The process gives a sign of life five times in `ownerTimeout`. */
  async announceOwner(owner: string): Promise<() => Promise<void>> {
    this.#open();
    return coded(() => showOwner(this.#pool, this.#settings, owner));
  }

  /**
   * {@link TrustStore.findGoneOwners}. At once for processes of this machine that have ended; else it takes until the next sign of
   * life, and at most the `ownerTimeout` of the owner.
   */
  async findGoneOwners(owners: readonly string[]): Promise<string[]> {
    this.#open();
    return coded(() => findGoneOwners(this.#pool, this.#settings.schema, owners));
  }

  async countPersonalData(person: string): Promise<PersonalDataCount> {
    return this.#open().countPersonalData(person);
  }

  override async readRun(runId: string): Promise<RunJournalRecords | undefined> {
    return this.#open().readRun(runId);
  }

  override async findRuns(filter: DurableRunFilter): Promise<StoredRun[]> {
    return this.#open().findRuns(filter);
  }

  override async listRuns(request: RunListRequest = {}): Promise<RunListPage> {
    return this.#open().listRuns(runListQuery(request));
  }

  /** {@link TrustStore.commit}. Batches that are given at the same time go to the server together. */
  async commit(writes: readonly StoreWrite[]): Promise<void> {
    const copies = expectWrites(writes);
    this.#feed.announce(copies, await this.#committer.commit(copies));
  }

  /**
   * {@link TrustStore.watch}. Watchers receive changes by this process as soon as they are stored, and those by
   * others as soon as the server's notification arrives, and within `pollInterval` and one question to the server if it gets lost.
   */
  watch(listener: (event: StoreEvent) => void): () => void {
    return this.#watcher.watch(listener);
  }

  /** {@link StoreMaintenance.doctor}. A server that may lose what it acknowledged is found as well. */
  async doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
    this.#open();
    return coded(() => examine(this, this.#settings, options));
  }

  /** {@link StoreMaintenance.archive}. The archive is a table of the same schema. */
  async archive(options: ArchiveOptions = {}): Promise<ArchiveReport> {
    this.#open();
    return coded(() => archiveDelegations(this.#pool, this.#settings.schema, options));
  }

  /**
   * {@link StoreMaintenance.compact}. Needs the owner of the tables. The server's own write-ahead log and its archive keep what
   * was written until they are recycled.
   */
  async compact(): Promise<CompactReport> {
    this.#open();
    return coded(() => compact(this.#settings));
  }

  /** {@link StoreMaintenance.exportJsonLines}. Keeps no writer waiting. */
  exportJsonLines(): AsyncGenerator<string, void, undefined> {
    this.#open();
    return exportJsonLines(this.#settings);
  }

  override inventory(): AsyncGenerator<DumpRow, void, undefined> {
    this.#open();
    return rowsAtOneMoment(this.#settings, 'heads');
  }

  /** {@link StoreMaintenance.importJsonLines}. */
  async importJsonLines(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport> {
    this.#open();
    return coded(() => importJsonLines(this.#settings, lines));
  }

  /** Waits for the commits under way, then closes every connection. Calls from then on are refused. */
  override close(): Promise<void> {
    this.#closing ??= (async () => {
      // Idle connections do not keep the process alive; their orderly end must.
      const alive = setInterval(() => undefined, 1_000);
      try {
        this.#watcher.close();
        await this.#committer.close();
        await this.#pool.end();
      } finally {
        clearInterval(alive);
      }
    })();
    return this.#closing;
  }

  #open(): Reader {
    if (this.#closing) throw closedError();
    return this.#reader;
  }
}
