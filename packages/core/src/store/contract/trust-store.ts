import { StoreError } from '../../errors/index.js';
import type { DumpRow } from '../dump/write-dump.js';
import type { DurableRunFilter, RunJournalRecords, StoredRun } from './durable-runs.js';
import { keepsNoRuns } from './keeps-no-runs.js';
import type { ReadRequest, ReadResult } from './read-request.js';
import type { RunListPage, RunListRequest } from './run-list.js';
import type { StoreWrite } from './store-write.js';
import type {
  DelegationStatus,
  Disclosure,
  EarlierChain,
  Intent,
  LedgerEntry,
  PersonalDataCount,
  Revocation,
  RevocationKind,
  StatementEntry,
  StoredAuthority,
  StoredChain,
  TrailEntry,
} from './stored-records.js';

/** A change in a store, by this process or another. Only a hint to read the store: nothing is trusted because of it. */
export type StoreEvent =
  | {
      /** The kind of the change. */
      readonly type: 'revoked';
      /** The revocation that was recorded. */
      readonly revocation: Revocation;
    }
  | {
      /** The kind of the change. */
      readonly type: 'chain_changed';
      /** The agent whose chain was changed. */
      readonly agentId: string;
    }
  | {
      /** The kind of the change: a signed statement about an authority, a key or a revocation was added. */
      readonly type: 'statement_added';
      /** The place of the statement in the log. */
      readonly sequence: number;
    };

/** The criteria of a search in the ledger. An entry must meet every criterion that is given. */
export interface DelegationFilter {
  /** The task that the delegation is for. */
  readonly taskId?: string;
  /** The run that made the delegation. */
  readonly runId?: string;
  /** The agent that delegated. */
  readonly delegatorId?: string;
  /** The agent that can act under the delegation. */
  readonly delegateeId?: string;
  /** A person's pseudonym. */
  readonly person?: string;
  /** Whether the delegation is in force. */
  readonly status?: DelegationStatus;
}

/** The archived delegations to read: an entry must meet one of the criteria. */
export interface ArchivedDelegationFilter {
  /** Ids of delegations. */
  readonly delegationIds?: readonly string[];
  /** The run that made the delegations. */
  readonly runId?: string;
}

/**
 * Where chains, the delegation ledger, trails and intents are kept. Extend this class to write a store. Members that
 * later versions add will have a default here.
 *
 * A store keeps text byte for byte and does not verify it: every reader checks signatures itself.
 */
export abstract class TrustStore {
  /** Lets other copies of this package, which have their own class of this name, recognise an instance. */
  static readonly kind: symbol = Symbol.for('@kaizen-eatp/TrustStore');

  /** Whether every error that the store throws is an EatpError. Errors of other stores are wrapped in one. */
  readonly throwsCodedErrors: boolean = false;

  /**
   * Reads all the named records as they were at one moment. A database should answer in one round trip, since every
   * step of a run waits for it. {@link answerRead} helps stores that look records up synchronously.
   */
  abstract read(request: ReadRequest): Promise<ReadResult>;

  /** Reads chains, in the order of the ids; undefined for an agent without one. */
  async readChains(agentIds: readonly string[]): Promise<(StoredChain | undefined)[]> {
    return (await this.read({ chains: agentIds })).chains;
  }

  /** Lists all chains by agent id, a page at a time. Default of `limit`: 100. */
  abstract listChains(page?: { afterAgentId?: string; limit?: number }): Promise<StoredChain[]>;

  /** Reads authorities, in the order of the ids; undefined for an unknown id. */
  async readAuthorities(authorityIds: readonly string[]): Promise<(StoredAuthority | undefined)[]> {
    return (await this.read({ authorities: authorityIds })).authorities;
  }

  /**
   * Reads the path of a delegation: the delegation itself, the one it was made under, and so on to the first. Empty if
   * no delegation has this id.
   */
  async readDelegationPath(delegationId: string): Promise<LedgerEntry[]> {
    return (await this.read({ delegationPaths: [delegationId] })).delegationPaths[0] as LedgerEntry[];
  }

  /** Finds the delegations that meet every criterion, oldest first. At least one criterion is given. */
  abstract findDelegations(filter: DelegationFilter): Promise<LedgerEntry[]>;

  /**
   * Reads the delegations that were archived and have one of these ids, or were made in this run; in the order in which they
   * were made. Default: none, for a store that archives nothing.
   */
  async findArchivedDelegations(_filter: ArchivedDelegationFilter): Promise<LedgerEntry[]> {
    return [];
  }

  /**
   * Reads the chains that these agents had before their present ones, oldest first. Receipts need them. Default: none, so
   * that a receipt of a run before a re-attestation cannot be issued.
   */
  async readEarlierChains(_agentIds: readonly string[]): Promise<EarlierChain[]> {
    return [];
  }

  /**
   * Returns the last entry of a trail; undefined if the trail is empty. The last entry is the one with the highest place
   * that has an entry at the place before, so that one row at a place far away does not end a trail.
   */
  abstract trailHead(trailId: string): Promise<TrailEntry | undefined>;

  /** Reads the entries of a trail in order, from the one after `afterSequence`. Default: all. */
  abstract readTrail(
    trailId: string,
    page?: { afterSequence?: number; limit?: number },
  ): Promise<TrailEntry[]>;

  /** Lists the intents that no anchor has closed, oldest first; those of one trail if it is given. */
  abstract openIntents(filter?: { trailId?: string }): Promise<Intent[]>;

  /** Reads the revocations of these subjects, in their order; a subject without one has no entry in the result. */
  async readRevocations(kind: RevocationKind, subjectIds: readonly string[]): Promise<Revocation[]> {
    return (await this.read({ revocations: [{ kind, subjectIds }] })).revocations[0] as Revocation[];
  }

  /** Reads the signed statements in order, from the one after `afterSequence`. Default: all. */
  abstract readStatements(page?: { afterSequence?: number; limit?: number }): Promise<StatementEntry[]>;

  /** Reads disclosures, in the order of the digests; undefined for an unknown or erased one. */
  abstract readDisclosures(digests: readonly string[]): Promise<(Disclosure | undefined)[]>;

  /**
   * Shows every process that shares the store that this one lives, until it ends or the returned function is called.
   *
   * @param owner - the name that its intents have: a UUID, which is announced once.
   */
  abstract announceOwner(owner: string): Promise<() => Promise<void>>;

  /**
   * Finds out which owners of intents have ended: they were never announced, or their process has. The processes
   * themselves show it; the age of a record or a clock never does. It can take as long as the store documents.
   */
  abstract findGoneOwners(owners: readonly string[]): Promise<string[]>;

  /** Counts what the write `erase_person` would remove. @param person - the pseudonym. */
  abstract countPersonalData(person: string): Promise<PersonalDataCount>;

  /**
   * Reads everything that is stored, as it was at one moment, in the order of a dump; of each trail only its last entry, as
   * {@link trailHead} returns it. Checkpoints need it. The records can be faulty: nothing is checked.
   *
   * @throws StoreError `STORE_FAILED`. Default: always, so that a store without it has no checkpoints.
   */
  inventory(): AsyncIterable<DumpRow> {
    throw new StoreError('STORE_FAILED', 'The trust store cannot list its records', {
      expected: 'a store that implements inventory(), which checkpoints need',
      remedy: 'Use a store of this project, or implement inventory().',
      evidence: { retryable: false, outcome: 'nothing_written' },
    });
  }

  /**
   * Applies all writes, or none.
   *
   * @throws StoreError `STORE_CONFLICT` if a version or a uniqueness does not hold or an intent is not open,
   * `TRAIL_FORK` if an append does not follow its trail's head: in both cases nothing was written. `STORE_FAILED` if
   * the store cannot write; `evidence.outcome` is `nothing_written` if that is certain, and `unknown` if the commit can
   * have been applied.
   */
  abstract commit(writes: readonly StoreWrite[]): Promise<void>;

  /**
   * Notifies a listener of the changes by all processes that share the store, within the bound that the store
   * documents.
   *
   * @returns a function that ends it.
   */
  abstract watch(listener: (event: StoreEvent) => void): () => void;

  /** Reads a durable run with its steps; undefined if there is none. @throws StoreError if the store keeps none. */
  async readRun(_runId: string): Promise<RunJournalRecords | undefined> {
    throw keepsNoRuns();
  }

  /** Finds durable runs, those that were submitted first coming first. @throws StoreError if the store keeps none. */
  async findRuns(_filter: DurableRunFilter): Promise<StoredRun[]> {
    throw keepsNoRuns();
  }

  /**
   * Lists runs, durable or not, the newest first, a page at a time. A run that begins while the pages are read moves no other,
   * and a page costs the same however many runs there are. {@link runListQuery} and {@link runListPage} help stores.
   *
   * @throws InvalidArgumentError for a limit, a cursor or a criterion; StoreError `STORE_FAILED`. Default: always, so that a
   * store without it has no list of runs.
   */
  async listRuns(_request: RunListRequest = {}): Promise<RunListPage> {
    throw new StoreError('STORE_FAILED', 'The trust store cannot list its runs', {
      expected: 'a store that implements listRuns()',
      remedy: 'Use a store of this project, or implement listRuns().',
      evidence: { retryable: false, outcome: 'nothing_written' },
    });
  }

  /**
   * Takes the exclusive right to execute the store's durable runs without an engine. The right ends with the process.
   *
   * @returns the function that gives it back; undefined if another process has it.
   * @throws StoreError if only an engine can execute the store's runs.
   */
  async holdRuns(): Promise<(() => Promise<void>) | undefined> {
    throw keepsNoRuns();
  }

  /** Releases the connections and files of the store. Default: does nothing. */
  async close(): Promise<void> {}
}

/** Returns the event that watchers receive for a write, if there is one. */
export function storeEventOf(write: StoreWrite): StoreEvent | undefined {
  if (write.op === 'revoke') return { type: 'revoked', revocation: write.revocation };
  if (write.op === 'put_chain' || write.op === 'deactivate_chain')
    return { type: 'chain_changed', agentId: write.agentId };
  if (write.op === 'append_statement') return { type: 'statement_added', sequence: write.entry.sequence };
  return undefined;
}
