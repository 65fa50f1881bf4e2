import type { LedgerEntry, StoreWrite } from '../store/index.js';

interface Pending {
  readonly entry: LedgerEntry;
  /** The commit that it is part of, once there is one. */
  storing?: Promise<void> | undefined;
}

/**
 * Delegations of a run that are signed and not stored yet. Each is stored in one commit with the first effect that
 * depends on it, so that a delegation costs no separate round trip and no effect is ever stored without it.
 */
export class PendingDelegations {
  readonly #pending = new Map<string, Pending>();

  #preamble: readonly StoreWrite[];

  /**
   * @param store - where they go.
   * @param onStored - called for each delegation once it is stored.
   * @param preamble - writes for the first commit; repeating them does no harm.
   * @param isJournaled - whether the store takes all delegations into each commit, as the journal of a durable run does.
   */
  constructor(
    private readonly store: { commit(writes: readonly StoreWrite[]): Promise<void> },
    private readonly onStored: (entry: LedgerEntry) => void,
    preamble: readonly StoreWrite[] = [],
    private readonly isJournaled = false,
  ) {
    this.#preamble = preamble;
  }

  /** Keeps a delegation until a commit needs it. */
  add(entry: LedgerEntry): void {
    this.#pending.set(entry.delegationId, { entry });
  }

  /** The ledger entry of a delegation that is not stored yet. */
  entry(delegationId: string): LedgerEntry | undefined {
    return this.#pending.get(delegationId)?.entry;
  }

  /** Drops the delegations by or for an agent that lost its authority before they were stored. */
  drop(agentId: string): void {
    for (const [id, { entry, storing }] of this.#pending) {
      const isConcerned = entry.delegatorId === agentId || entry.delegateeId === agentId;
      if (!storing && isConcerned) this.#pending.delete(id);
    }
  }

  /** Takes all delegations into a commit of the journal. @returns undefined if there are none. */
  take(): { readonly writes: readonly StoreWrite[]; onStored(): void } | undefined {
    const taken = [...this.#pending.values()].filter(({ storing }) => !storing);
    if (taken.length === 0) return undefined;
    // The journal writes nothing more after a failed commit, so that only success needs to be known.
    for (const pending of taken) pending.storing = NEVER;
    return {
      writes: taken.map(({ entry }) => ({ op: 'add_delegation', entry })),
      onStored: () => this.#stored(taken),
    };
  }

  /**
   * Commits writes together with the delegations that they depend on, and after those that another commit is storing.
   *
   * @param dependsOn - ids of delegations, leaf first. Undefined: all that are left.
   * @throws StoreError.
   */
  commit(writes: readonly StoreWrite[], dependsOn?: readonly string[]): Promise<void> {
    if (this.#pending.size === 0 || this.isJournaled) return this.#store(writes);
    if (dependsOn?.length === 0) return this.#store(writes);
    return this.#commitWith(writes, dependsOn ? [...dependsOn].reverse() : [...this.#pending.keys()]);
  }

  #store(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#preamble.length === 0) return this.store.commit(writes);
    return this.store.commit([...this.#preamble, ...writes]).then(() => {
      this.#preamble = [];
    });
  }

  async #commitWith(writes: readonly StoreWrite[], ids: readonly string[]): Promise<void> {
    const inFlight = ids.flatMap((id) => this.#pending.get(id)?.storing ?? []);
    if (inFlight.length > 0) await Promise.all(inFlight);
    // Delegations that another commit took while this one waited are being stored now, or are stored.
    const rest = ids.flatMap((id) => this.#pending.get(id) ?? []);
    if (rest.some(({ storing }) => storing)) return this.#commitWith(writes, ids);
    const delegations = rest.map(({ entry }): StoreWrite => ({ op: 'add_delegation', entry }));
    const stored = this.#store([...delegations, ...writes]).then(
      () => this.#stored(rest),
      (error) => {
        for (const pending of rest) pending.storing = undefined;
        throw error;
      },
    );
    for (const pending of rest) pending.storing = stored;
    return stored;
  }

  #stored(pending: readonly Pending[]): void {
    for (const { entry } of pending) {
      this.#pending.delete(entry.delegationId);
      this.onStored(entry);
    }
  }
}

const NEVER = new Promise<never>(() => undefined);
