import { timestampToMillis } from '../../wire/index.js';
import { AuthorityRegister, firstKeysOf, keysBefore } from './authority-register.js';
import { type BelievedAuthority, type PinnedRoot, speaksFor } from './believed-authority.js';
import type { KnownStatement, Statement } from './statement.js';

/** A withdrawal of trust that a statement records. */
export interface Withdrawal {
  /** Why it was withdrawn. */
  readonly reason: string;
  /** When its signer says that it was withdrawn. */
  readonly at: string;
}

/** The state of trust after all statements up to now, as far as their signers are believed. */
export class TrustState {
  /** Changes with every statement that changes which authorities are believed, and how far. */
  version = 0;
  readonly #statements: KnownStatement[] = [];
  #register: AuthorityRegister;
  readonly #agents = new Map<string, Withdrawal>();
  readonly #delegations = new Map<string, Withdrawal>();
  readonly #accepted = new Set<string>();
  readonly #persons = new Map<string, Withdrawal>();
  readonly #erased = new Set<string>();
  /** Hashes of chains that must not come back. */
  readonly #endedChains = new Set<string>();
  /** Hashes of ended chains whose agents were reinstated since. */
  readonly #forgivenChains = new Set<string>();

  /** @param pins - the authorities that the deployment's configuration believes. */
  constructor(private readonly pins: readonly PinnedRoot[]) {
    this.#register = new AuthorityRegister(pins);
  }

  /** The authorities that are believed. */
  get authorities(): Iterable<BelievedAuthority> {
    return this.#register.all();
  }

  /** Returns an authority, if it is believed. */
  authority(authorityId: string): BelievedAuthority | undefined {
    return this.#register.get(authorityId);
  }

  /** Returns the keys that an authority had before one of its keys, whether it is believed or not, the newest first. */
  keysBefore(authorityId: string, publicKey: string): readonly string[] {
    return keysBefore(this.#statements, authorityId, publicKey);
  }

  /** The places of the statements about keys of some authorities: which were replaced, and which were revoked. */
  keyStatements(authorityIds: readonly string[]): number[] {
    return this.#statements.flatMap(({ statement: { kind, body, sequence } }) =>
      (kind === 'key_rotated' || kind === 'key_revoked') && authorityIds.includes(body.authority_id)
        ? sequence
        : [],
    );
  }

  /** Returns the revocation of an agent that was not reinstated since. */
  revokedAgent(agentId: string): Withdrawal | undefined {
    return this.#agents.get(agentId);
  }

  /** Returns the revocation of a delegation. */
  revokedDelegation(delegationId: string): Withdrawal | undefined {
    return this.#delegations.get(delegationId);
  }

  /** Whether an offered delegation was accepted at some time. It is not accepted again. */
  isAcceptedDelegation(delegationId: string): boolean {
    return this.#accepted.has(delegationId);
  }

  /** Returns the revocation of everything that came from a person. */
  revokedPerson(pseudonym: string): Withdrawal | undefined {
    return this.#persons.get(pseudonym);
  }

  /** Whether a person's data was erased at some time. */
  isErased(pseudonym: string): boolean {
    return this.#erased.has(pseudonym);
  }

  /** Whether any chain was replaced or ended. */
  get hasEndedChains(): boolean {
    return this.#endedChains.size > 0;
  }

  /** Whether a chain was replaced by another one, or ended with the revocation of its agent. */
  isEndedChain(stateHash: string): boolean {
    return this.#endedChains.has(stateHash);
  }

  /** Whether an agent was reinstated after a chain of this hash had ended. */
  isForgivenChain(stateHash: string): boolean {
    return this.#forgivenChains.has(stateHash);
  }

  /** Adds the next statement of the log. */
  add(known: KnownStatement): void {
    this.#statements.push(known);
    const { kind } = known.statement;
    if (AUTHORITY_KINDS.has(kind)) this.#rebuild();
    else this.#take(known.statement, this.#register.signerOf(known.statement));
  }

  /** Belief grows and shrinks with statements about authorities, for earlier statements too. */
  #rebuild(): void {
    const firstKeys = firstKeysOf(this.pins, this.#statements);
    const compromised = new Map<string, number>();
    let register: AuthorityRegister;
    let signers: (BelievedAuthority | undefined)[];
    let known: number;
    do {
      known = compromised.size;
      register = new AuthorityRegister(this.pins, firstKeys);
      signers = this.#statements.map((each, i) => {
        const { statement } = each;
        const signer = register.signerOf(statement);
        const since = compromised.get(statement.publicKey);
        const counts =
          since === undefined || !gives(statement) || this.#isFollowedBefore(i, since, compromised);
        if (!counts) return undefined;
        register.take(each, signer);
        return signer;
      });
      for (const { id, revokedKeys } of register.all())
        for (const [key, { since }] of revokedKeys) if (id) compromised.set(key, since);
    } while (compromised.size > known);
    register.keepPins();
    this.#register = register;
    for (const kept of [this.#agents, this.#delegations, this.#persons]) kept.clear();
    this.#accepted.clear();
    this.#erased.clear();
    this.#endedChains.clear();
    this.#forgivenChains.clear();
    for (const [i, { statement }] of this.#statements.entries()) {
      // A denial counts too if its signer came to be believed only later.
      const late = gives(statement) ? undefined : register.signerOf(statement);
      this.#take(statement, signers[i] ?? late);
    }
    this.version += 1;
  }

  /** Whether a later statement by a key that is not compromised shows that a statement was there before a moment. */
  #isFollowedBefore(i: number, since: number, compromised: ReadonlyMap<string, number>): boolean {
    return this.#statements
      .slice(i + 1)
      .some(
        ({ statement: { publicKey, at } }) => !compromised.has(publicKey) && timestampToMillis(at) < since,
      );
  }

  #take(statement: Statement, signer: BelievedAuthority | undefined): void {
    if (!signer) return;
    const { kind, body, at } = statement;
    switch (kind) {
      case 'agent_revoked':
        if (!speaksFor(signer, body.agent_id)) return;
        this.#agents.set(body.agent_id, { reason: body.reason, at });
        if (body.chain_hash !== null) this.#endedChains.add(body.chain_hash);
        return;
      case 'agent_reinstated':
        if (!speaksFor(signer, body.agent_id) || !isEntitled(signer, statement)) return;
        this.#agents.delete(body.agent_id);
        if (body.chain_hash === null) return;
        this.#forgivenChains.add(body.chain_hash);
        this.#endedChains.add(body.chain_hash);
        return;
      case 'chain_superseded':
        if (!speaksFor(signer, body.agent_id)) return;
        this.#endedChains.add(body.old_hash);
        // A chain that loses what it was given is again what it was before.
        this.#endedChains.delete(body.new_hash);
        return;
      case 'delegation_accepted':
        if (speaksFor(signer, body.agent_id)) this.#accepted.add(body.delegation_id);
        return;
      case 'delegation_revoked':
        this.#delegations.set(body.delegation_id, { reason: body.reason, at });
        return;
      case 'person_revoked':
        this.#persons.set(body.person, { reason: body.reason, at });
        return;
      case 'person_erased':
        this.#erased.add(body.person);
        return;
      default:
        return;
    }
  }
}

/** Statements about authorities and keys, after which earlier statements are judged again. */
const AUTHORITY_KINDS: ReadonlySet<Statement['kind']> = new Set<Statement['kind']>([
  'authority_endorsed',
  'key_rotated',
  'key_revoked',
  'authority_deactivated',
  'authority_reactivated',
]);

/**
 * Whether a statement gives rights that its signer could be robbed of. All others take rights away, or are the first
 * statement of an authority about itself, which no thief can replace.
 */
const gives = ({ kind, body, authorityId }: Statement): boolean =>
  kind === 'authority_endorsed'
    ? body.authority_id !== authorityId
    : kind === 'authority_reactivated' || kind === 'agent_reinstated';

const isEntitled = (signer: BelievedAuthority, { publicKey }: Statement): boolean =>
  signer.isActive && signer.publicKey === publicKey && signer.permissions.includes('create_agents');
