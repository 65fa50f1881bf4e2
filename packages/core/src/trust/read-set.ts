import type { Authority } from '../chain/index.js';
import type { LedgerEntry, Revocation, StoredChain } from '../store/index.js';
import type { Deployment } from './deployment.js';

/** What an operation is going to look at; all of it is read in one round trip. */
export interface Needed {
  /** Agents whose chains are looked at. */
  readonly agentIds?: readonly string[];
  /** A delegation whose path is looked at. */
  readonly delegationId?: string | undefined;
  /** Pseudonyms of persons who may be revoked. */
  readonly persons?: readonly string[];
}

/** Finds delegations that are signed and not stored yet. */
export interface DelegationOverlay {
  /** The ledger entry, if the delegation is one of these. */
  entry(delegationId: string): LedgerEntry | undefined;
}

/**
 * What one operation has read from the store so far. Each operation reads the store again, but none reads the same
 * record twice, and none waits for what it has: `need…` is undefined then, and awaited only otherwise, since
 * verification is on the path of every step.
 */
export class ReadSet {
  readonly #chains = new Map<string, StoredChain | undefined>();
  readonly #authorities = new Map<string, Authority | undefined>();
  readonly #paths = new Map<string, readonly LedgerEntry[]>();
  readonly #persons = new Map<string, Revocation | undefined>();

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

  /** The revocation of a person that was needed before. */
  revokedPerson(person: string): Revocation | undefined {
    return this.#persons.get(person);
  }

  /** What to wait for before these can be looked at, if anything. */
  need({ agentIds = [], delegationId, persons = [] }: Needed): Promise<void> | undefined {
    const chains = agentIds.filter((id) => !this.#chains.has(id));
    const path = delegationId !== undefined && !this.#paths.has(delegationId) ? delegationId : undefined;
    const people = persons.filter((person) => !this.#persons.has(person));
    if (chains.length === 0 && path === undefined && people.length === 0) return undefined;
    return this.#read(chains, path, people);
  }

  /** What to wait for before these chains can be looked at, if anything. */
  needChains(agentIds: readonly string[]): Promise<void> | undefined {
    return this.need({ agentIds });
  }

  /** What to wait for before these authorities can be looked at, if anything. */
  needAuthorities(ids: readonly string[]): Promise<void> | undefined {
    const missing = ids.filter((id) => !this.#authorities.has(id));
    return missing.length === 0 ? undefined : this.#readAuthorities(missing);
  }

  /** Together with the authorities that the chains named last time, so that a remote store is asked once, not twice. */
  async #read(
    chains: readonly string[],
    delegationId: string | undefined,
    persons: readonly string[],
  ): Promise<void> {
    const { deployment } = this;
    const { pending, storedFrom } = this.#split(delegationId);
    const guessed = deployment.authoritiesLastSeen(chains).filter((id) => !this.#authorities.has(id));
    const found = await deployment.read({
      chains,
      authorities: guessed,
      ...(storedFrom !== undefined && { delegationPaths: [storedFrom] }),
      ...(persons.length > 0 && { revocations: [{ kind: 'person', subjectIds: persons }] }),
    });
    for (let i = 0; i < chains.length; i++) this.#chains.set(chains[i] as string, found.chains[i]);
    for (const id of guessed) this.#authorities.set(id, found.authorities.get(id));
    if (delegationId !== undefined) {
      this.#paths.set(delegationId, [...pending, ...(found.delegationPaths[0] ?? [])]);
    }
    for (const person of persons) {
      this.#persons.set(
        person,
        found.revocations.find(({ subjectId }) => subjectId === person),
      );
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
