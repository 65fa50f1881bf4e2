import type { Authority } from '../chain/index.js';
import type { LedgerEntry, Revocation, RevocationRequest, StoredChain } from '../store/index.js';
import type { Deployment } from './deployment.js';

/** Names the records that an operation is going to look at. They are read in one round trip. */
export interface Needed {
  /** Agents whose chains are looked at. */
  readonly agentIds?: readonly string[];
  /** A delegation whose path is looked at. */
  readonly delegationId?: string | undefined;
  /** Pseudonyms of persons that can be revoked. */
  readonly persons?: readonly string[];
  /** Lasting delegations that can be revoked. */
  readonly delegations?: readonly string[];
}

/** Finds delegations that are signed and not stored yet. */
export interface DelegationOverlay {
  /** The ledger entry, if the delegation is one of these. */
  entry(delegationId: string): LedgerEntry | undefined;
}

/**
 * The records that one operation has read from the store so far. Each operation reads the store again, but reads no
 * record twice and does not wait for records that it has: `need…` returns undefined then, and is awaited only otherwise,
 * since every step is verified.
 */
export class ReadSet {
  readonly #chains = new Map<string, StoredChain | undefined>();
  readonly #authorities = new Map<string, Authority | undefined>();
  readonly #paths = new Map<string, readonly LedgerEntry[]>();
  readonly #revocations = {
    person: new Map<string, Revocation | undefined>(),
    delegation: new Map<string, Revocation | undefined>(),
  };

  /**
   * @param deployment - whose store is read.
   * @param overlay - delegations that are not stored yet.
   */
  constructor(
    readonly deployment: Deployment,
    private readonly overlay?: DelegationOverlay,
  ) {}

  /** A chain that was needed before. */
  chain(agentId: string): StoredChain | undefined {
    return this.#chains.get(agentId);
  }

  /** An authority that was needed before. */
  authority(authorityId: string): Authority | undefined {
    return this.#authorities.get(authorityId);
  }

  /** The path of a delegation that was needed before: the delegation, the one it was made under, and so on. */
  path(delegationId: string): readonly LedgerEntry[] {
    return this.#paths.get(delegationId) ?? [];
  }

  /** The revocation of a person or a delegation that was needed before. */
  revocation(kind: 'person' | 'delegation', subjectId: string): Revocation | undefined {
    return this.#revocations[kind].get(subjectId);
  }

  /** Starts to read what is missing of these records. @returns undefined if nothing is missing. */
  need(needed: Needed): Promise<void> | undefined {
    const { agentIds = NONE, delegationId, persons = NONE, delegations = NONE } = needed;
    const chains = agentIds.filter((id) => !this.#chains.has(id));
    const path = delegationId !== undefined && !this.#paths.has(delegationId) ? delegationId : undefined;
    const revocations: RevocationRequest[] = [];
    this.#addMissing(revocations, 'person', persons);
    this.#addMissing(revocations, 'delegation', delegations);
    if (chains.length === 0 && path === undefined && revocations.length === 0) return undefined;
    return this.#read(chains, path, revocations);
  }

  #addMissing(
    missing: RevocationRequest[],
    kind: 'person' | 'delegation',
    subjects: readonly string[],
  ): void {
    if (subjects.length === 0) return;
    const subjectIds = subjects.filter((id) => !this.#revocations[kind].has(id));
    if (subjectIds.length > 0) missing.push({ kind, subjectIds });
  }

  /** Starts to read what is missing of these chains. @returns undefined if nothing is missing. */
  needChains(agentIds: readonly string[]): Promise<void> | undefined {
    return this.need({ agentIds });
  }

  /** Starts to read what is missing of these authorities. @returns undefined if nothing is missing. */
  needAuthorities(ids: readonly string[]): Promise<void> | undefined {
    const missing = ids.filter((id) => !this.#authorities.has(id));
    return missing.length === 0 ? undefined : this.#readAuthorities(missing);
  }

  /** Together with the authorities that the chains named last time, so that a remote store is asked once, not twice. */
  async #read(
    chains: readonly string[],
    delegationId: string | undefined,
    revocations: readonly RevocationRequest[],
  ): Promise<void> {
    const { deployment } = this;
    const { pending, storedFrom } = this.#split(delegationId);
    const guessed = deployment.authoritiesLastSeen(chains).filter((id) => !this.#authorities.has(id));
    const found = await deployment.read({
      chains,
      authorities: guessed,
      ...(storedFrom !== undefined && { delegationPaths: [storedFrom] }),
      ...(revocations.length > 0 && { revocations }),
    });
    for (let i = 0; i < chains.length; i++) this.#chains.set(chains[i] as string, found.chains[i]);
    for (const id of guessed) this.#authorities.set(id, found.authorities.get(id));
    if (delegationId !== undefined) {
      this.#paths.set(delegationId, [...pending, ...(found.delegationPaths[0] ?? [])]);
    }
    for (const { kind, subjectIds } of revocations) {
      const known = this.#revocations[kind as 'person' | 'delegation'];
      for (const id of subjectIds) known.set(id, undefined);
      for (const revocation of found.revocations)
        if (revocation.kind === kind) known.set(revocation.subjectId, revocation);
    }
  }

  /** The part of a path that is not stored yet, and where the stored part begins. */
  #split(delegationId: string | undefined): { pending: LedgerEntry[]; storedFrom: string | undefined } {
    const pending: LedgerEntry[] = [];
    let id = delegationId;
    for (let entry = this.#pendingEntry(id); entry; entry = this.#pendingEntry(id)) {
      pending.push(entry);
      id = entry.parentDelegationId ?? undefined;
    }
    return { pending, storedFrom: id };
  }

  #pendingEntry(id: string | undefined): LedgerEntry | undefined {
    return id === undefined ? undefined : this.overlay?.entry(id);
  }

  async #readAuthorities(ids: readonly string[]): Promise<void> {
    const found = await this.deployment.readAuthorities(ids);
    for (const id of ids) this.#authorities.set(id, found.get(id));
  }
}

const NONE: readonly never[] = [];
