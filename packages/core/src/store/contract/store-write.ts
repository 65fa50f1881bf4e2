import type { Timestamp } from '../../wire/index.js';
import type { Disclosure, Intent, LedgerEntry, Revocation, TrailEntry } from './stored-records.js';

/**
 * One change to a store. Writes are data rather than calls inside a transaction callback, so that an embedded
 * database can run a batch in one synchronous transaction, a shared one can send it in one round trip, and
 * either can commit the batches of many runs together.
 */
export type StoreWrite =
  | PutAuthority
  | PutChain
  | DeactivateChain
  | AddDelegation
  | CloseDelegations
  | Revoke
  | OpenIntent
  | AppendAnchor
  | AppendToSharedTrail
  | PutDisclosure
  | ErasePerson;

export interface PutAuthority {
  readonly op: 'put_authority';
  readonly authorityId: string;
  readonly text: string;
  /** The version to replace; null if there must be none. */
  readonly ifVersion: string | null;
}

export interface PutChain {
  readonly op: 'put_chain';
  readonly agentId: string;
  readonly text: string;
  readonly authorityId: string;
  readonly expiresAt: Timestamp | null;
  /** The version to replace; null if there must be no active chain. */
  readonly ifVersion: string | null;
}

export interface DeactivateChain {
  readonly op: 'deactivate_chain';
  readonly agentId: string;
  readonly at: Timestamp;
}

export interface AddDelegation {
  readonly op: 'add_delegation';
  readonly entry: LedgerEntry;
}

/** Ends what is in force for a run. */
export interface CloseRunDelegations {
  readonly op: 'close_delegations';
  /** The run that has ended. */
  readonly runId: string;
  readonly taskId?: never;
  readonly delegatorId?: never;
}

/** Ends what one delegator made for a task outside runs; delegations of a run end with the run. */
export interface CloseTaskDelegations {
  readonly op: 'close_delegations';
  /** The task that has ended. */
  readonly taskId: string;
  /** The agent whose delegations end. */
  readonly delegatorId: string;
  readonly runId?: never;
}

/** Ends delegations, of a run or of a task. */
export type CloseDelegations = CloseRunDelegations | CloseTaskDelegations;

/** Records a revocation; one of a delegation or a person also ends the ledger entries concerned. */
export interface Revoke {
  readonly op: 'revoke';
  readonly revocation: Revocation;
}

export interface OpenIntent {
  readonly op: 'open_intent';
  readonly intent: Intent;
}

/** Appends at exactly this place; refused with `TRAIL_FORK` if the trail's head is not the one it follows. */
export interface AppendAnchor {
  readonly op: 'append_anchor';
  readonly entry: TrailEntry;
  /** The invocation whose outcome this is; refused with `STORE_CONFLICT` unless its intent is open. */
  readonly closesIntent?: string;
}

/** Keeps personal data under the digest that signed records hold. Does nothing if the digest is kept already. */
export interface PutDisclosure {
  readonly op: 'put_disclosure';
  readonly disclosure: Disclosure;
}

/** Removes every disclosure of a person. Signed records and revocations stay as they are. */
export interface ErasePerson {
  readonly op: 'erase_person';
  /** The person's pseudonym. */
  readonly person: string;
}

/** Appends at the end, wherever that is; the store gives the place. For trails with many writers. */
export interface AppendToSharedTrail {
  readonly op: 'append_shared';
  readonly trailId: string;
  readonly anchorId: string;
  readonly agentId: string;
  readonly text: string;
  /** As in {@link AppendAnchor}. */
  readonly closesIntent?: string;
}
