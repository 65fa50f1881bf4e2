import type { StoreWrite } from './store-write.js';
import type {
  DelegationStatus,
  Intent,
  LedgerEntry,
  Revocation,
  RevocationKind,
  StoredAuthority,
  StoredChain,
  TrailEntry,
  TrailHead,
} from './stored-records.js';

/** What changed in a store, whoever changed it. Only a hint to look; nothing is believed because of it. */
export type StoreEvent =
  | { readonly type: 'revoked'; readonly revocation: Revocation }
  | { readonly type: 'chain_changed'; readonly agentId: string };

export interface DelegationFilter {
  readonly taskId?: string;
  readonly runId?: string;
  readonly delegatorId?: string;
  readonly delegateeId?: string;
  readonly humanId?: string;
  readonly status?: DelegationStatus;
}

/**
 * Where chains, the delegation ledger, trails and intents are kept. Extend this class to write a store; members
 * that later versions add get a default here.
 *
 * A store keeps text byte for byte and believes none of it: every reader checks signatures itself.
 */
export abstract class TrustStore {
  /** Recognised by other copies of this package, which have another class of this name. */
  static readonly kind: symbol = Symbol.for('@kaizen-eatp/TrustStore');

  /** Whether all it throws is a StoreError already. What other stores throw is turned into one. */
  readonly throwsCodedErrors: boolean = false;

  /** In the order of the ids; undefined where there is none. */
  abstract readChains(agentIds: readonly string[]): Promise<(StoredChain | undefined)[]>;

  /** All chains by agent id, a page at a time. */
  abstract listChains(page?: { afterAgentId?: string; limit?: number }): Promise<StoredChain[]>;

  /** In the order of the ids; undefined where there is none. */
  abstract readAuthorities(authorityIds: readonly string[]): Promise<(StoredAuthority | undefined)[]>;

  /** A delegation, the one it was made under, and so on to the first. Empty if there is none of this id. */
  abstract readDelegationPath(delegationId: string): Promise<LedgerEntry[]>;

  /** Oldest first. At least one criterion is given. */
  abstract findDelegations(filter: DelegationFilter): Promise<LedgerEntry[]>;

  abstract trailHead(trailId: string): Promise<TrailHead | undefined>;

  /** In order. */
  abstract readTrail(
    trailId: string,
    page?: { afterSequence?: number; limit?: number },
  ): Promise<TrailEntry[]>;

  /** Intents that no anchor has closed, oldest first. */
  abstract openIntents(filter?: { trailId?: string }): Promise<Intent[]>;

  /** The revocations, if any, of these subjects. */
  abstract readRevocations(kind: RevocationKind, subjectIds: readonly string[]): Promise<Revocation[]>;

  /**
   * Applies all writes, or none.
   *
   * @throws StoreError `STORE_CONFLICT` if a version or a uniqueness does not hold or an intent is not open, `TRAIL_FORK`
   * if an append does not follow its trail's head: in both cases nothing was written. `STORE_FAILED` if the store cannot
   * write; `evidence.outcome` is `nothing_written` if that is certain, and `unknown` if the commit can have been applied.
   */
  abstract commit(writes: readonly StoreWrite[]): Promise<void>;

  /**
   * Calls back on changes by anyone who shares the store, within the bound that the store documents.
   *
   * @returns what ends it.
   */
  abstract watch(listener: (event: StoreEvent) => void): () => void;

  async close(): Promise<void> {}
}
