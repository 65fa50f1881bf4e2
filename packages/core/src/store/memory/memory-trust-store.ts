import { describe, expectOptions, InvalidArgumentError } from '../../errors/index.js';
import { notify } from '../../wire/notify.js';
import type { DurableRunFilter, RunJournalRecords, StoredRun } from '../contract/durable-runs.js';
import { expectWrites } from '../contract/expect-writes.js';
import type { ReadRequest, ReadResult } from '../contract/read-request.js';
import { type RunListPage, type RunListRequest, runListQuery } from '../contract/run-list.js';
import { isStorableText } from '../contract/storable-text.js';
import type { StoreWrite } from '../contract/store-write.js';
import type {
  Disclosure,
  EarlierChain,
  Intent,
  LedgerEntry,
  PersonalDataCount,
  StatementEntry,
  StoredChain,
  TrailEntry,
} from '../contract/stored-records.js';
import {
  type ArchivedDelegationFilter,
  type DelegationFilter,
  type StoreEvent,
  storeEventOf,
  TrustStore,
} from '../contract/trust-store.js';
import type { ImportReport } from '../dump/dump-kinds.js';
import { dumpNotImportable, storeNotEmpty } from '../dump/dump-refusals.js';
import { countImports, readDump } from '../dump/read-dump.js';
import { type DumpRow, writeDump } from '../dump/write-dump.js';
import { rowsOf, takeLine } from './memory-dump.js';
import { MemoryTables } from './memory-tables.js';

/** Options of {@link MemoryTrustStore}. */
export interface MemoryTrustStoreOptions {
  /**
   * How many finished runs are kept. When more have ended, the oldest is dropped: its trail and its delegations, so
   * that it can be neither verified nor exported any more. A run counts as finished once its delegations are closed
   * and none of its intents is open. Default: 10,000. `Infinity` keeps every run.
   */
  readonly retainRuns?: number;
}

/** Everything in this process's memory; for tests, examples and work that need not outlive the process. */
export class MemoryTrustStore extends TrustStore {
  /** A subclass can throw anything, so the promise holds for this class alone. */
  override readonly throwsCodedErrors: boolean = this.constructor === MemoryTrustStore;
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  /** The owners that share this object. */
  readonly #owners = new Set<string>();
  #tables: MemoryTables;

  /** @throws InvalidArgumentError for an option. */
  constructor(options: MemoryTrustStoreOptions = {}) {
    super();
    expectOptions(options, 'a memory trust store', ['retainRuns']);
    this.#tables = new MemoryTables(
      checkRetainRuns(options.retainRuns === undefined ? 10_000 : options.retainRuns),
    );
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    return this.#tables.read(request);
  }

  async listChains({ afterAgentId = '', limit = 100 } = {}): Promise<StoredChain[]> {
    return isStorableText(afterAgentId) ? this.#tables.chains.list(afterAgentId, limit) : [];
  }

  async findDelegations(filter: DelegationFilter): Promise<LedgerEntry[]> {
    return this.#tables.ledger.find(filter);
  }

  async trailHead(trailId: string): Promise<TrailEntry | undefined> {
    return this.#tables.trails.head(trailId);
  }

  async readTrail(trailId: string, { afterSequence = 0, limit = Infinity } = {}): Promise<TrailEntry[]> {
    return this.#tables.trails.read(trailId, afterSequence, limit);
  }

  override async findArchivedDelegations({ delegationIds = [], runId }: ArchivedDelegationFilter) {
    const ids = new Set(delegationIds);
    return [...this.#tables.ledger.archived()].filter(
      (entry) => ids.has(entry.delegationId) || (runId !== undefined && entry.runId === runId),
    );
  }

  override async readEarlierChains(agentIds: readonly string[]): Promise<EarlierChain[]> {
    return agentIds.flatMap((id) => this.#tables.chains.earlier(id));
  }

  async openIntents({ trailId }: { trailId?: string } = {}): Promise<Intent[]> {
    return this.#tables.intents.list(trailId);
  }

  async readStatements({ afterSequence = 0, limit = Infinity } = {}): Promise<StatementEntry[]> {
    return this.#tables.statements.read(afterSequence, limit);
  }

  async readDisclosures(digests: readonly string[]): Promise<(Disclosure | undefined)[]> {
    return digests.map((digest) => this.#tables.disclosures.read(digest));
  }

  async announceOwner(owner: string): Promise<() => Promise<void>> {
    this.#owners.add(owner);
    return async () => {
      this.#owners.delete(owner);
    };
  }

  async findGoneOwners(owners: readonly string[]): Promise<string[]> {
    return owners.filter((owner) => !this.#owners.has(owner));
  }

  async countPersonalData(person: string): Promise<PersonalDataCount> {
    const { disclosures, runs } = this.#tables;
    return { disclosures: disclosures.count(person), runs: runs.countContent(person) };
  }

  override async readRun(runId: string): Promise<RunJournalRecords | undefined> {
    return this.#tables.runs.read(runId);
  }

  override async findRuns(filter: DurableRunFilter): Promise<StoredRun[]> {
    return this.#tables.runs.find(filter);
  }

  override async listRuns(request: RunListRequest = {}): Promise<RunListPage> {
    return this.#tables.runList.page(runListQuery(request));
  }

  override async holdRuns(): Promise<(() => Promise<void>) | undefined> {
    return this.#tables.runs.hold();
  }

  override async *inventory(): AsyncIterable<DumpRow> {
    yield* rowsOf(this.#tables, 'heads');
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    const copies = expectWrites(writes);
    this.#tables.commit(copies);
    for (const write of copies) {
      const event = storeEventOf(write);
      if (event) this.tell(event);
    }
  }

  watch(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Exports the whole store at this moment, as lines of JSON that any other store can import, each with its line feed.
   * The last line holds the digest of all others.
   */
  exportJsonLines(): AsyncGenerator<string, void, undefined> {
    return writeDump(rowsOf(this.#tables));
  }

  /**
   * Imports what any store's `exportJsonLines` returned, completely or not at all. The store must be empty.
   *
   * @throws MalformedRecordError if the lines are not an export, or were changed; StoreError `STORE_CONFLICT` if the
   * store is not empty.
   */
  async importJsonLines(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport> {
    const tables = new MemoryTables(this.#tables.retainRuns);
    const { count, report } = countImports();
    for await (const line of readDump(lines)) {
      try {
        takeLine(tables, line);
      } catch (error) {
        throw dumpNotImportable('every id once', error);
      }
      count(line.type);
    }
    if (rowsOf(this.#tables).length > 0) throw storeNotEmpty('records in it');
    this.#tables = tables;
    for (const { agentId } of tables.chains.rows()) this.tell({ type: 'chain_changed', agentId });
    for (const revocation of tables.revocations()) this.tell({ type: 'revoked', revocation });
    return report;
  }

  private tell(event: StoreEvent): void {
    // The write is done: a listener that fails must neither fail it nor keep other listeners from the event.
    for (const listener of this.#listeners) notify(listener, event);
  }
}

function checkRetainRuns(retainRuns: unknown): number {
  if (retainRuns === Number.POSITIVE_INFINITY) return retainRuns;
  if (Number.isSafeInteger(retainRuns) && (retainRuns as number) >= 0) return retainRuns as number;
  throw new InvalidArgumentError('`retainRuns` must be a whole number from 0, or Infinity', {
    expected: 'a whole number from 0, or Infinity',
    received: describe(retainRuns),
    remedy: 'Omit it to keep 10,000 finished runs.',
  });
}
