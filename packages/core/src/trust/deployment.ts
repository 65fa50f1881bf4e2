import type { Authority } from '../chain/index.js';
import type { ConstraintRegistry } from '../constraints/index.js';
import { AuthorityError, InvalidTrustChainError, TrustChainNotFoundError } from '../errors/index.js';
import type { KeyManager } from '../signing/index.js';
import type { LedgerEntry, StoredAuthority, StoredChain, TrustStore } from '../store/index.js';
import {
  type Clock,
  canonicalJson,
  formatTimestamp,
  type JsonObject,
  type Timestamp,
  timeOf,
} from '../wire/index.js';
import { AuthorityKeys, type KeyOfAuthority } from './authority-keys.js';
import type { DeploymentSettings } from './deployment-settings.js';
import { Presence } from './presence.js';
import type { BelievedAuthority } from './statements/believed-authority.js';
import { believedAsStored, believedView } from './statements/believed-view.js';
import { chainInForce, endHashOf } from './statements/chain-in-force.js';
import { readInForce } from './statements/read-in-force.js';
import { StatementLog } from './statements/statement-log.js';
import {
  type ParsedChain,
  type ParsedDelegation,
  readAuthority,
  readChain,
  readDelegation,
  Unreadable,
} from './verify/parsed-records.js';
import { RecordCache } from './verify/record-cache.js';

/** Enough for the chains of 100,000 agents of ordinary size. */
export const DEFAULT_CACHE_BYTES = 768 * 1024 * 1024;

/** The store, keys and settings that all operations share. Internal to core; plugins never see it. */
export class Deployment {
  /** Shows other processes that this one lives. */
  readonly presence: Presence;
  /** Chains that were parsed and checked. */
  readonly chains: RecordCache<ParsedChain | Unreadable>;
  /** Delegations that were parsed and checked. */
  readonly delegations: RecordCache<ParsedDelegation | Unreadable>;
  /** The keys of the authorities. */
  readonly keys: AuthorityKeys;
  /** Authorities that were parsed. */
  readonly authorities: RecordCache<Authority | Unreadable>;
  /** The signed statements of the store. */
  readonly statements: StatementLog;

  #stampedAt = Number.NaN;
  #stamp: Timestamp = '';
  constructor(
    /** The store; everything it throws is a coded error. */
    readonly store: TrustStore,
    /** The keys that sign. */
    readonly keyManager: KeyManager,
    /** The source of the time. */
    readonly clock: Clock,
    /** The evaluators of constraint labels. */
    readonly constraints: ConstraintRegistry,
    /** The rules that verification follows. */
    readonly settings: DeploymentSettings,
  ) {
    this.presence = new Presence(store);
    this.keys = new AuthorityKeys(keyManager);
    const { cacheBytes = DEFAULT_CACHE_BYTES, roots } = settings;
    this.statements = new StatementLog(store, keyManager, roots === 'stored' ? [] : roots);
    this.chains = new RecordCache(readChain, cacheBytes);
    // Each delegation names all agents above it, so that a path of 3,000 takes some 160 MiB until the run ends, and one that
    // does not fit is parsed again for each act. There are few authorities.
    this.delegations = new RecordCache(readDelegation, cacheBytes / 2);
    this.authorities = new RecordCache(readAuthority, cacheBytes / 32);
  }

  /** Returns the time in milliseconds since the epoch. */
  now(): number {
    return timeOf(this.clock);
  }

  /** Returns the time as records hold it. */
  timestamp(): Timestamp {
    return this.timestampOf(this.now());
  }

  /** Returns a moment as records hold it. @param now - in milliseconds since the epoch. */
  timestampOf(now: number): Timestamp {
    if (now !== this.#stampedAt) {
      this.#stampedAt = now;
      this.#stamp = formatTimestamp(new Date(now));
    }
    return this.#stamp;
  }

  /** Signs a record's pre-image, or its signing text, with an authority's key. */
  sign(preimage: JsonObject | string, authority: KeyOfAuthority): string | Promise<string> {
    const text = typeof preimage === 'string' ? preimage : canonicalJson(preimage);
    return this.keys.sign(text, authority);
  }

  /** Authorities by id; those that are not stored, or not readable, are absent. */
  async readAuthorities(ids: readonly string[]): Promise<Map<string, Authority>> {
    const { authorities, statementsHead } = await this.store.read({ authorities: ids, statementsHead: true });
    await this.statements.follow(statementsHead);
    return this.parseAuthorities(ids, authorities);
  }

  /** Returns what this deployment believes of a stored authority; undefined if it does not believe it. */
  believed(authority: Authority): BelievedAuthority | undefined {
    const { state } = this.statements;
    const { roots, believe } = this.settings;
    if (roots !== 'stored') return state.authority(authority.id);
    return (
      believe?.(authority) ?? believedAsStored(authority, state.keysBefore(authority.id, authority.publicKey))
    );
  }

  /**
   * Stored authorities by id, as this deployment believes them; those that are absent, or not readable, are left out.
   */
  parseAuthorities(
    ids: readonly string[],
    stored: readonly (StoredAuthority | undefined)[],
  ): Map<string, Authority> {
    const found = new Map<string, Authority>();
    for (let i = 0; i < stored.length; i++) {
      const entry = stored[i];
      const authority = entry && this.authorities.get(entry.authorityId, entry.text);
      if (authority && !(authority instanceof Unreadable) && authority.id === ids[i])
        found.set(authority.id, believedView(authority, this.believed(authority)));
    }
    return found;
  }

  /** @throws AuthorityError `AUTHORITY_NOT_FOUND`, `AUTHORITY_NOT_TRUSTED`, or `AUTHORITY_NOT_PERMITTED` for an inactive one. */
  async signingAuthority(authorityId: string): Promise<Authority> {
    return this.expectToSign(authorityId, (await this.readAuthorities([authorityId])).get(authorityId));
  }

  /** @throws AuthorityError as {@link signingAuthority}. */
  expectToSign(authorityId: string, authority: Authority | undefined): Authority {
    if (!authority) {
      throw new AuthorityError('AUTHORITY_NOT_FOUND', `There is no authority '${authorityId}'`, {
        remedy: 'Create it with createEnterpriseAuthority(), or register it.',
        evidence: { authorityId },
      });
    }
    const believed = this.believed(authority);
    if (!believed || believed.revokedKeys.has(believed.publicKey)) {
      throw new AuthorityError('AUTHORITY_NOT_TRUSTED', `Authority '${authorityId}' is not trusted here`, {
        expected: 'an authority whose key is in the key manager, or which is pinned or endorsed',
        received: believed ? 'an authority whose key was revoked' : 'none of these',
        remedy: 'Open the key manager that holds its key, pin it in `roots`, or call endorseAuthority().',
        evidence: { authorityId },
      });
    }
    if (!authority.isActive) {
      throw new AuthorityError('AUTHORITY_NOT_PERMITTED', `Authority '${authorityId}' is inactive`, {
        remedy: 'Use another authority, or activate this one with setAuthorityActive().',
        evidence: { authorityId },
      });
    }
    return authority;
  }

  /** The authorities that these chains named when they were last read: a guess at those that they name now. */
  authoritiesLastSeen(agentIds: readonly string[]): readonly string[] {
    const ids = new Set<string>();
    for (const agentId of agentIds) {
      const evidence = this.chains.last(agentId);
      if (!evidence || evidence instanceof Unreadable) continue;
      for (const id of evidence.authorityIds) ids.add(id);
    }
    return [...ids];
  }

  /** Returns a stored chain as it was parsed, from the cache if its text is the same. */
  chainEvidence(stored: StoredChain): ParsedChain | Unreadable {
    return this.chains.get(stored.agentId, stored.text);
  }

  /** Returns a stored delegation as it was parsed, from the cache if its text is the same. */
  delegationEvidence(entry: LedgerEntry): ParsedDelegation | Unreadable {
    return this.delegations.get(entry.delegationId, entry.text);
  }

  /** Reads the chain of an agent; one that a statement ended is not active. */
  async storedChain(agentId: string): Promise<StoredChain | undefined> {
    return (await readInForce(this, { chains: [agentId] })).chains[0];
  }

  /** Returns a chain as it counts; see {@link chainInForce}. */
  inForce(stored: StoredChain | undefined): StoredChain | undefined {
    return chainInForce(stored, this.statements.state, this.chains);
  }

  /** The hash by which statements name a chain that has ended. */
  endHashOf(row: StoredChain): string {
    return endHashOf(row, this.chains);
  }

  /**
   * An active, readable chain for an operation that builds on it.
   *
   * @throws TrustChainNotFoundError, InvalidTrustChainError.
   */
  async requireChain(agentId: string): Promise<{ stored: StoredChain; evidence: ParsedChain }> {
    return this.expectChain(agentId, await this.storedChain(agentId));
  }

  /** @throws as {@link requireChain}. */
  expectChain(
    agentId: string,
    stored: StoredChain | undefined,
  ): { stored: StoredChain; evidence: ParsedChain } {
    if (!stored) throw new TrustChainNotFoundError(agentId);
    if (!stored.active) throw new InvalidTrustChainError(agentId, 'it is revoked');
    const evidence = this.chainEvidence(stored);
    if (evidence instanceof Unreadable) throw new InvalidTrustChainError(agentId, evidence.reason);
    return { stored, evidence };
  }
}
