import type { Authority } from '../chain/index.js';
import type { LedgerEntry, StoredChain } from '../store/index.js';
import type { Deployment } from './deployment.js';
import { readInForce } from './statements/read-in-force.js';
import { Unreadable } from './verify/parsed-records.js';

/** Names the records that an operation needs. They are read in one round trip. */
export interface Needed {
  /** Agents whose chains are needed. */
  readonly agentIds?: readonly string[];
  /** A delegation whose path is needed. */
  readonly delegationId?: string | undefined;
}

/** Finds delegations that are signed and not stored yet. */
export interface DelegationOverlay {
  /** The ledger entry, if the delegation is one of these. */
  entry(delegationId: string): LedgerEntry | undefined;
}

/** A path of delegations of which a part has to be read from the store. */
interface StoredPart {
  readonly delegationId: string;
  /** The part that is not stored yet, leaf first. */
  readonly pending: readonly LedgerEntry[];
  /** Where the stored part begins. */
  readonly from: string;
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
  readonly #version: number;

  /**
   * @param deployment - whose store is read.
   * @param overlay - delegations that are not stored yet.
   * @param now - the moment of the operation, in milliseconds since the epoch: expiry is judged by it alone.
   */
  constructor(
    readonly deployment: Deployment,
    private readonly overlay?: DelegationOverlay,
    readonly now: number = deployment.now(),
  ) {
    this.#version = deployment.statements.state.version;
  }

  /** Whether no statement about authorities or keys came in since. A record that was read before can name a key that is revoked. */
  get isCurrent(): boolean {
    return this.#version === this.deployment.statements.state.version;
  }

  /** Returns a chain that was read before. */
  chain(agentId: string): StoredChain | undefined {
    return this.#chains.get(agentId);
  }

  /** Returns an authority that was read before. */
  authority(authorityId: string): Authority | undefined {
    return this.#authorities.get(authorityId);
  }

  /** Returns the path of a delegation that was read before: the delegation, the one it was made under, and so on. */
  path(delegationId: string): readonly LedgerEntry[] {
    return this.#paths.get(delegationId) ?? [];
  }

  /**
   * Starts to read those of these records that are missing. The delegators of the path are read with it, as far as they
   * are known by now. @returns undefined if nothing is missing.
   */
  need({ agentIds = NONE, delegationId }: Needed): Promise<void> | undefined {
    const chains = new Set<string>();
    for (let i = 0; i < agentIds.length; i++) this.#addChain(chains, agentIds[i] as string);
    const path =
      delegationId !== undefined && !this.#paths.has(delegationId)
        ? this.#startPath(delegationId, chains)
        : undefined;
    if (chains.size === 0 && !path) return undefined;
    return this.#read([...chains], path);
  }

  #addChain(missing: Set<string>, agentId: string): void {
    if (!this.#chains.has(agentId)) missing.add(agentId);
  }

  /** Starts to read those of these chains that are missing. @returns undefined if nothing is missing. */
  needChains(agentIds: readonly string[]): Promise<void> | undefined {
    return this.need({ agentIds });
  }

  /** Starts to read those of these authorities that are missing. @returns undefined if nothing is missing. */
  needAuthorities(ids: readonly string[]): Promise<void> | undefined {
    const isKnown = (id: string): boolean => this.#authorities.has(id);
    return ids.every(isKnown) ? undefined : this.#readAuthorities(ids.filter((id) => !isKnown(id)));
  }

  /** Together with the authorities that the chains named last time, so that a remote store is asked once, not twice. */
  #read(chains: readonly string[], path: StoredPart | undefined): Promise<void> {
    const { deployment } = this;
    const authorities: string[] = [];
    for (const id of deployment.authoritiesLastSeen(chains))
      if (!this.#authorities.has(id)) authorities.push(id);
    return readInForce(deployment, {
      chains,
      authorities,
      ...(path && { delegationPaths: [path.from] }),
    }).then((found) => {
      for (let i = 0; i < chains.length; i++) this.#chains.set(chains[i] as string, found.chains[i]);
      this.#keepAuthorities(authorities, deployment.parseAuthorities(authorities, found.authorities));
      if (path) this.#paths.set(path.delegationId, [...path.pending, ...(found.delegationPaths[0] ?? [])]);
    });
  }

  #keepAuthorities(ids: readonly string[], found: ReadonlyMap<string, Authority>): void {
    for (const id of ids) this.#authorities.set(id, found.get(id));
  }

  /**
   * The part of a path that is not stored yet, and where the stored part begins; undefined for a path of which nothing is
   * stored, which is known by then. The delegators' chains are added to those that are read.
   */
  #startPath(delegationId: string, chains: Set<string>): StoredPart | undefined {
    const pending: LedgerEntry[] = [];
    let id: string | null = delegationId;
    for (let entry = this.#pendingEntry(id); entry; entry = this.#pendingEntry(id)) {
      pending.push(entry);
      this.#addChain(chains, entry.delegatorId);
      id = entry.parentDelegationId;
    }
    if (id === null) {
      this.#paths.set(delegationId, pending);
      return undefined;
    }
    // A guess: what the delegations said when they were last read.
    const { delegations, settings } = this.deployment;
    let above: string | null = id;
    for (let depth = 0; above !== null && depth < settings.maxDelegationDepth; depth++) {
      const known = delegations.last(above);
      if (!known || known instanceof Unreadable) break;
      this.#addChain(chains, known.record.delegatorId);
      above = known.record.parentDelegationId ?? null;
    }
    return { delegationId, pending, from: id };
  }

  #pendingEntry(id: string | null): LedgerEntry | undefined {
    return id === null ? undefined : this.overlay?.entry(id);
  }

  async #readAuthorities(ids: readonly string[]): Promise<void> {
    this.#keepAuthorities(ids, await this.deployment.readAuthorities(ids));
  }
}

const NONE: readonly never[] = [];
