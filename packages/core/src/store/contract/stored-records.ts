import type { Timestamp } from '../../wire/index.js';

/** A chain as a store holds it: its text byte for byte, and what the store itself knows. */
export interface StoredChain {
  readonly agentId: string;
  /** {@link TrustLineageChain.toText}. What is signed is in here; nothing else of this record is believed. */
  readonly text: string;
  /** Changes with every write; compared by compare-and-set. Opaque. */
  readonly version: string;
  /** False once the agent is revoked. */
  readonly active: boolean;
}

export interface StoredAuthority {
  readonly authorityId: string;
  readonly text: string;
  readonly version: string;
}

export type DelegationStatus = 'in_force' | 'closed' | 'revoked';

/** A task-scoped delegation in the ledger. */
export interface LedgerEntry {
  readonly delegationId: string;
  readonly taskId: string;
  /** The run that made it and that closes it when it ends; null for one made outside a run. */
  readonly runId: string | null;
  readonly delegatorId: string;
  readonly delegateeId: string;
  readonly parentDelegationId: string | null;
  readonly humanId: string | null;
  readonly text: string;
  readonly status: DelegationStatus;
}

/** An anchor in its trail. `hash` is {@link linkHash} of the previous entry's hash and `text`. */
export interface TrailEntry {
  readonly trailId: string;
  /** From 1, without gaps. */
  readonly sequence: number;
  readonly previousHash: string;
  readonly hash: string;
  readonly anchorId: string;
  readonly agentId: string;
  readonly text: string;
}

export interface TrailHead {
  readonly sequence: number;
  readonly hash: string;
}

/** What is about to be done; stored before it is done, and closed by the anchor that says how it ended. */
export interface Intent {
  /** `run/sequence`: the same when the run is repeated. */
  readonly invocationId: string;
  readonly trailId: string;
  readonly taskId: string;
  readonly agentId: string;
  readonly action: string;
  readonly resource: string | null;
  readonly delegationId: string | null;
  readonly humanId: string | null;
  readonly inputDigest: string | null;
  /** The process instance that opened it. */
  readonly owner: string;
  readonly openedAt: Timestamp;
}

export type RevocationKind = 'agent' | 'delegation' | 'human';

export interface Revocation {
  readonly kind: RevocationKind;
  readonly subjectId: string;
  readonly reason: string;
  readonly at: Timestamp;
}
