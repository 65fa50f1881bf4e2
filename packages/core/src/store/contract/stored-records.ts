import type { Timestamp } from '../../wire/index.js';

/** A chain as a store holds it: its text byte for byte, and the fields that the store itself sets. */
export interface StoredChain {
  /** The agent's id. */
  readonly agentId: string;
  /** {@link TrustLineageChain.toText}. It holds the signed records; nothing else in this record is trusted. */
  readonly text: string;
  /** Changes with every write; compared by compare-and-set. Opaque. */
  readonly version: string;
  /** False once the agent is revoked. */
  readonly active: boolean;
}

/** A chain that an agent had before its present one. */
export interface EarlierChain {
  /** The agent's id. */
  readonly agentId: string;
  /** {@link TrustLineageChain.toText}, byte for byte. */
  readonly text: string;
}

/** An authority as a store holds it. */
export interface StoredAuthority {
  /** The authority's id. */
  readonly authorityId: string;
  /** The authority's record, byte for byte. */
  readonly text: string;
  /** Changes with every write; compared by compare-and-set. Opaque. */
  readonly version: string;
}

/**
 * Whether a delegation can be used, ended with its run or task, or was revoked; or whether it is the offer of a lasting
 * one, which gives nothing until its delegatee accepts it, or was accepted and is in the delegatee's chain.
 */
export type DelegationStatus = 'offered' | 'in_force' | 'closed' | 'accepted' | 'revoked';

/**
 * A task-scoped delegation in the ledger, or the offer of a lasting one. Its id is a digest of `runId`, `invocationId`, `person` and `nonce`, so that
 * a changed column is noticed; see the verification of delegations.
 */
export interface LedgerEntry {
  /** The delegation's id, as signed. */
  readonly delegationId: string;
  /** The task that the delegation is for, as signed. */
  readonly taskId: string;
  /** The run that made the delegation and that closes it; null for one made outside a run. */
  readonly runId: string | null;
  /** The invocation during which the delegation was made; null outside invocations. */
  readonly invocationId: string | null;
  /** The agent that delegated. */
  readonly delegatorId: string;
  /** The agent that can act under the delegation. */
  readonly delegateeId: string;
  /** The delegation that the delegator acted under; null if it acted by its own right. */
  readonly parentDelegationId: string | null;
  /** The pseudonym of the person on whose behalf the delegation was made; never a name or another plain id. */
  readonly person: string | null;
  /** Makes the delegation's id unique. */
  readonly nonce: string;
  /** The signed record, byte for byte. */
  readonly text: string;
  /** Whether the delegation is in force, offered or ended. */
  readonly status: DelegationStatus;
}

/** An anchor in its trail. */
export interface TrailEntry {
  /** The trail: the id of a run, or of the shared trail for everything outside runs. */
  readonly trailId: string;
  /** The place in the trail: from 1, without gaps. */
  readonly sequence: number;
  /** The hash of the entry before, or {@link TRAIL_START}. */
  readonly previousHash: string;
  /** {@link linkHash} of `previousHash` and `text`. */
  readonly hash: string;
  /** The anchor's id. */
  readonly anchorId: string;
  /** The agent that acted. */
  readonly agentId: string;
  /** The signed anchor, byte for byte. */
  readonly text: string;
}

/** The place and hash of a trail's last entry. */
export interface TrailHead {
  /** The place of the last entry. */
  readonly sequence: number;
  /** The hash that the next entry follows. */
  readonly hash: string;
}

/**
 * A signed statement about authorities, keys or revocations, in the one log of the store. The text holds its own place,
 * so a store that moves, drops or repeats a statement is noticed.
 */
export interface StatementEntry {
  /** The place in the log: from 1, without gaps. */
  readonly sequence: number;
  /** The hash of the statement before, or {@link TRAIL_START}. */
  readonly previousHash: string;
  /** {@link linkHash} of `previousHash` and `text`. */
  readonly hash: string;
  /** The signed statement, byte for byte. */
  readonly text: string;
}

/** An act that is about to happen. It is stored before the act, and closed by the anchor that records the outcome. */
export interface Intent {
  /** `run/sequence`: the same when the run is repeated. */
  readonly invocationId: string;
  /** The trail that the outcome goes to. */
  readonly trailId: string;
  /** The task that the invocation belongs to. */
  readonly taskId: string;
  /** The agent that acts. */
  readonly agentId: string;
  /** The action that the agent was verified for. */
  readonly action: string;
  /** The method of the agent's object that is called; null for the agent's plain run, and for a tool. */
  readonly method: string | null;
  /** The resource that the action concerns; null if it names none. */
  readonly resource: string | null;
  /** The delegation that the agent acts under; null if it acts by its own right. */
  readonly delegationId: string | null;
  /** The pseudonym of the person on whose behalf the agent acts. */
  readonly person: string | null;
  /** Counts the attempts at this invocation, from 1. */
  readonly attempt: number;
  /** The digest of the input; null if there is none. */
  readonly inputDigest: string | null;
  /** The process instance that opened the intent. */
  readonly owner: string;
  /** When the intent was opened. */
  readonly openedAt: Timestamp;
  /** The authority whose key made {@link Intent.code}. */
  readonly authorityId: string;
  /**
   * Shows that a process with the authority's key opened the intent: a message authentication code or a signature over
   * all other fields. Nothing is recorded because of an intent without a valid code.
   */
  readonly code: string;
}

/** The kind of subject of a revocation: an agent, a delegation, or everything that came from a person. */
export type RevocationKind = 'agent' | 'delegation' | 'person';

/** A withdrawal of authority. */
export interface Revocation {
  /** The kind of the subject. */
  readonly kind: RevocationKind;
  /** The id of an agent or a delegation, or the pseudonym of a person. */
  readonly subjectId: string;
  /** Why it was revoked. */
  readonly reason: string;
  /** When it was revoked. */
  readonly at: Timestamp;
}

/** How much a store holds of a person's data. */
export interface PersonalDataCount {
  /** The number of disclosures. */
  readonly disclosures: number;
  /** The number of durable runs whose content is kept, including those inside the person's runs. */
  readonly runs: number;
}

/**
 * The personal data behind a salted digest. Signed records hold the digest only, so that erasing the disclosure
 * removes the data and leaves every signature valid.
 */
export interface Disclosure {
  /** The digest that signed records hold. */
  readonly digest: string;
  /** The pseudonym of the person whose data it is. */
  readonly person: string;
  /** Keeps the data from being guessed by its digest. */
  readonly salt: string;
  /** The human origin, as JSON. */
  readonly text: string;
}
