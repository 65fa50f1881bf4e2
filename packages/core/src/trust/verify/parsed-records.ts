import {
  type Authority,
  authorityCodec,
  type BindingWithNonce,
  boundDelegationId,
  type CapabilityAttestation,
  carriedBinding,
  type DelegationBinding,
  type DelegationRecord,
  delegationCodec,
  genesisConstraints,
  injectedConstraints,
  isBoundDelegationId,
  TrustLineageChain,
} from '../../chain/index.js';
import { canonicalJson, pythonStr, sha256Hex, timestampToMillis } from '../../wire/index.js';
import { capabilityContains, PROTOCOL_CAPABILITIES } from './capability-match.js';
import { type Denial, deny } from './denial.js';

/** A stored chain, parsed once, with the results of its checks. */
export class ParsedChain {
  /** The result of checking its own signatures with the keys in `keyring`. */
  integrity?: { readonly keyring: string; readonly denial: Denial | undefined };
  /** The lasting delegations whose signature was valid: index and key. */
  readonly goodDelegations = new Set<string>();
  /** The authorities whose keys the chain depends on. */
  readonly authorityIds: readonly string[];
  /** The constraint labels of the chain, without duplicates. */
  readonly labels: readonly string[];
  /** Why the limits in the genesis record cannot be read. Such an agent can neither act nor delegate. */
  readonly constraintsDenial: Denial | undefined;
  /** The expiry time of the chain, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The names of its capabilities, except those of the protocol itself. */
  readonly ownCapabilities: readonly string[];
  #trustChainHash?: string;
  #stateHash?: string;
  #injected?: readonly string[];
  #bindings?: ChainBindings;

  constructor(
    /** The text that was parsed. */
    readonly text: string,
    /** The records in the text. */
    readonly chain: TrustLineageChain,
  ) {
    const { genesis, capabilities } = chain;
    this.authorityIds = [...new Set([genesis.authorityId, ...capabilities.map((c) => c.attesterId)])];
    const fromGenesis = genesisConstraints(genesis);
    this.constraintsDenial =
      fromGenesis === undefined
        ? deny('CHAIN_MALFORMED', `the metadata of genesis record ${genesis.id} has no readable constraints`)
        : undefined;
    this.labels = Object.freeze([
      ...new Set([...(fromGenesis ?? []).map(pythonStr), ...capabilities.flatMap((c) => c.constraints)]),
    ]);
    this.expiresAt = expiryOf(genesis.expiresAt);
    const names = new Set(capabilities.map((c) => c.capability));
    this.ownCapabilities = Object.freeze([...names].filter((name) => !PROTOCOL_CAPABILITIES.includes(name)));
  }

  /** Identifies what the chain's state signature covers: the same for the same records, however they were written. */
  get stateHash(): string {
    this.#stateHash ??= sha256Hex(canonicalJson(this.chain.statePreimage()));
    return this.#stateHash;
  }

  /** The hash that anchors refer to. */
  get trustChainHash(): string {
    this.#trustChainHash ??= this.chain.trustChainHash();
    return this.#trustChainHash;
  }

  /** Constraint labels that only the chain's envelope carries. The reference's verdict does not know them. */
  get injectedLabels(): readonly string[] {
    this.#injected ??= Object.freeze([
      ...new Set(
        injectedConstraints(this.chain)
          .filter(({ constraintType }) => constraintType !== 'reasoning_required')
          .map(({ value }) => pythonStr(value)),
      ),
    ]);
    return this.#injected;
  }

  /** The pseudonyms of the persons for whom the chain's lasting delegations were made. */
  get persons(): readonly string[] {
    this.#bindings ??= bindingsOf(this.chain.delegations);
    return this.#bindings.persons;
  }

  /** Why a delegation in this chain is not one that lasts, if its id is the digest of something else. */
  get bindingDenial(): Denial | undefined {
    this.#bindings ??= bindingsOf(this.chain.delegations);
    return this.#bindings.denial;
  }

  /**
   * Whether the chain has expired at level `quick`, as in the reference: if its genesis record or every capability has
   * expired.
   */
  isExpired(now: number): boolean {
    const { capabilities } = this.chain;
    return (
      now > this.expiresAt ||
      (capabilities.length > 0 && capabilities.every((c) => now > expiryOf(c.expiresAt)))
    );
  }

  /** The unexpired capability that covers an action, an exact one first. */
  matchCapability(action: string, now: number): CapabilityAttestation | undefined {
    const live = (c: CapabilityAttestation): boolean => now <= expiryOf(c.expiresAt);
    const { capabilities } = this.chain;
    return (
      capabilities.find((c) => c.capability === action && live(c)) ??
      capabilities.find((c) => capabilityContains(c.capability, action) && live(c))
    );
  }
}

/** The bindings of a chain's lasting delegations. */
interface ChainBindings {
  readonly persons: readonly string[];
  readonly denial: Denial | undefined;
}

const UNBOUND: ChainBindings = Object.freeze({ persons: Object.freeze([]), denial: undefined });

/** The id of a delegation for a person is a digest, so the person cannot be removed from it to escape a revocation. */
function bindingsOf(delegations: readonly DelegationRecord[]): ChainBindings {
  const bound = delegations.filter(({ id }) => isBoundDelegationId(id));
  if (bound.length === 0) return UNBOUND;
  const persons = new Set<string>();
  let denial: Denial | undefined;
  for (const delegation of bound) {
    const { id: delegationId } = delegation;
    const binding = carriedBinding(delegation);
    if (!binding) {
      const reason = `delegation ${delegationId} does not say what it was made for`;
      denial ??= deny('DELEGATION_MISMATCH', reason, { delegationId });
    } else if (binding.runId !== null || binding.invocationId !== null) {
      const reason = `delegation ${delegationId} was made in a run or invocation, and ended with it`;
      denial ??= deny('DELEGATION_MISMATCH', reason, { delegationId });
    } else if (binding.person !== null) persons.add(binding.person);
  }
  return { persons: [...persons], denial };
}

/** A delegation, parsed once, with the results of its checks. */
export class ParsedDelegation {
  /** The public keys with which its signature was found valid. */
  readonly goodUnder = new Set<string>();
  /** The last grant that was found to be within the delegator's rights, with the records that it depends on. */
  grant?: {
    readonly delegator: ParsedChain;
    readonly parent: ParsedDelegation | undefined;
    readonly until: number;
  };
  /** The expiry time of the delegation, in milliseconds since the epoch. */
  readonly expiresAt: number;

  #boundTo?: BindingWithNonce;

  constructor(
    /** The text that was parsed. */
    readonly text: string,
    /** The record in the text. */
    readonly record: DelegationRecord,
  ) {
    this.expiresAt = expiryOf(record.expiresAt);
  }

  /**
   * Remembers the binding that the record's id was made from. Use it only for a record that this process has just made.
   */
  knowBinding({ runId, invocationId, person }: DelegationBinding, nonce: string): void {
    this.#boundTo = { runId, invocationId, person, nonce };
  }

  /** Whether the record's signed id is the digest of this binding. */
  isBoundTo({ runId, invocationId, person }: DelegationBinding, nonce: string): boolean {
    const known = this.#boundTo;
    if (
      known &&
      known.runId === runId &&
      known.invocationId === invocationId &&
      known.person === person &&
      known.nonce === nonce
    )
      return true;
    if (boundDelegationId({ runId, invocationId, person }, nonce) !== this.record.id) return false;
    this.#boundTo = { runId, invocationId, person, nonce };
    return true;
  }
}

/** Returns a time in milliseconds since the epoch; infinity if there is none. */
export const expiryOf = (timestamp: string | null | undefined): number =>
  timestamp ? timestampToMillis(timestamp) : Number.POSITIVE_INFINITY;

/** The reason why a record could not be parsed. Verification denies with it. */
export class Unreadable {
  constructor(
    /** The reason why the record cannot be read. */
    readonly reason: string,
  ) {}
}

/** Parses the text of a chain. */
export const readChain = (text: string): ParsedChain | Unreadable =>
  orUnreadable(() => new ParsedChain(text, TrustLineageChain.parse(text)));

/** Parses the text of a delegation. */
export const readDelegation = (text: string): ParsedDelegation | Unreadable =>
  orUnreadable(() => new ParsedDelegation(text, delegationCodec.decodeText(text)));

/** Parses the text of an authority. */
export const readAuthority = (text: string): Authority | Unreadable =>
  orUnreadable(() => authorityCodec.decodeText(text));

function orUnreadable<T>(read: () => T): T | Unreadable {
  try {
    return read();
  } catch (error) {
    return new Unreadable((error as Error).message);
  }
}
