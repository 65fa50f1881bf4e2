import type { Timestamp } from '../../wire/index.js';
import type { DurableWrite } from './durable-runs.js';
import type {
  Disclosure,
  Intent,
  LedgerEntry,
  Revocation,
  StatementEntry,
  TrailEntry,
} from './stored-records.js';

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
  | AcceptDelegation
  | CloseDelegations
  | Revoke
  | AppendStatement
  | OpenIntent
  | RetireOwner
  | AppendAnchor
  | PutDisclosure
  | ErasePerson
  | DurableWrite;

/** Stores an authority, or replaces its record. Refused with `STORE_CONFLICT` if the stored version is another one. */
export interface PutAuthority {
  /** The kind of the write. */
  readonly op: 'put_authority';
  /** The authority's id. */
  readonly authorityId: string;
  /** The authority's record, which is kept byte for byte. */
  readonly text: string;
  /** The version to replace; null if there must be none. */
  readonly ifVersion: string | null;
}

/** Stores the chain of an agent, or replaces it. Refused with `STORE_CONFLICT` if the stored version is another one. */
export interface PutChain {
  /** The kind of the write. */
  readonly op: 'put_chain';
  /** The agent's id. */
  readonly agentId: string;
  /** {@link TrustLineageChain.toText} of the chain, which is kept byte for byte. */
  readonly text: string;
  /** The authority that established the agent. An index only. */
  readonly authorityId: string;
  /** The time from which the chain is invalid; null if it does not expire. An index only. */
  readonly expiresAt: Timestamp | null;
  /** The version to replace; null if there must be no active chain. */
  readonly ifVersion: string | null;
}

/** Marks the chain of an agent as revoked. Its text stays. */
export interface DeactivateChain {
  /** The kind of the write. */
  readonly op: 'deactivate_chain';
  /** The agent's id. */
  readonly agentId: string;
  /** The time of the revocation. */
  readonly at: Timestamp;
}

/** Adds a delegation to the ledger. Refused with `STORE_CONFLICT` if its id exists already. */
export interface AddDelegation {
  /** The kind of the write. */
  readonly op: 'add_delegation';
  /** The entry to add. */
  readonly entry: LedgerEntry;
}

/** Marks an offered delegation as accepted. Refused with `STORE_CONFLICT` unless it is offered. */
export interface AcceptDelegation {
  /** The kind of the write. */
  readonly op: 'accept_delegation';
  /** The id of the delegation. */
  readonly delegationId: string;
}

/** Ends the delegations that are in force for a run. */
export interface CloseRunDelegations {
  /** The kind of the write. */
  readonly op: 'close_delegations';
  /** The run that has ended. */
  readonly runId: string;
  /** Not set in this form. */
  readonly taskId?: never;
  /** Not set in this form. */
  readonly delegatorId?: never;
}

/** Ends the delegations of one delegator for a task outside runs. Delegations of a run end with the run. */
export interface CloseTaskDelegations {
  /** The kind of the write. */
  readonly op: 'close_delegations';
  /** The task that has ended. */
  readonly taskId: string;
  /** The agent whose delegations end. */
  readonly delegatorId: string;
  /** Not set in this form. */
  readonly runId?: never;
}

/** Ends delegations, of a run or of a task. */
export type CloseDelegations = CloseRunDelegations | CloseTaskDelegations;

/** Records a revocation; one of a delegation or a person also ends the ledger entries concerned, offers included. */
export interface Revoke {
  /** The kind of the write. */
  readonly op: 'revoke';
  /** The revocation to record. */
  readonly revocation: Revocation;
}

/**
 * Appends a statement at exactly this place of the log; refused with `STORE_CONFLICT` if it does not follow the log's
 * head.
 */
export interface AppendStatement {
  /** The kind of the write. */
  readonly op: 'append_statement';
  /** The entry to append. */
  readonly entry: StatementEntry;
}

/**
 * Takes from an owner that has ended the right to open intents, for ever. When it is stored, every intent of the owner is
 * visible, and none is added. Nothing happens if it was retired before.
 */
export interface RetireOwner {
  /** The kind of the write. */
  readonly op: 'retire_owner';
  /** The owner, as its intents name it. */
  readonly owner: string;
}

/**
 * Stores an intent before the act. Refused with `STORE_CONFLICT` if its invocation has one already, and with
 * `STORE_NOT_OWNER` if its owner was retired.
 */
export interface OpenIntent {
  /** The kind of the write. */
  readonly op: 'open_intent';
  /** The intent to store. */
  readonly intent: Intent;
}

/** Appends an anchor at exactly this place; refused with `TRAIL_FORK` if it does not follow the trail's head. */
export interface AppendAnchor {
  /** The kind of the write. */
  readonly op: 'append_anchor';
  /** The entry to append. */
  readonly entry: TrailEntry;
  /** The invocation whose outcome this is; refused with `STORE_CONFLICT` unless its intent is open. */
  readonly closesIntent?: string;
}

/** Keeps personal data under the digest that signed records hold. Does nothing if the digest is kept already. */
export interface PutDisclosure {
  /** The kind of the write. */
  readonly op: 'put_disclosure';
  /** The disclosure to keep. */
  readonly disclosure: Disclosure;
}

/**
 * Removes every disclosure of a person, and the content of the person's durable runs. Signed records and revocations stay as
 * they are.
 */
export interface ErasePerson {
  /** The kind of the write. */
  readonly op: 'erase_person';
  /** The person's pseudonym. */
  readonly person: string;
}
