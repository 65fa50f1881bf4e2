import type { Intent, StatementEntry, TrailEntry } from '@kaizen-eatp/core/store';

// Columns are named in SQL as the records' fields, so that a row is a record but for its 64-bit integers.

export const CHAIN = 'agent_id AS "agentId", text, version::text, active';
export const LEDGER_ENTRY = `delegation_id AS "delegationId", task_id AS "taskId", run_id AS "runId",
  delegator_id AS "delegatorId", delegatee_id AS "delegateeId", parent_delegation_id AS "parentDelegationId",
  invocation_id AS "invocationId", person, nonce, text, status`;
export const TRAIL_ENTRY = `trail_id AS "trailId", sequence, previous_hash AS "previousHash", hash,
  anchor_id AS "anchorId", agent_id AS "agentId", text`;
export const STATEMENT = 'sequence, previous_hash AS "previousHash", hash, text';
export const INTENT = `invocation_id AS "invocationId", trail_id AS "trailId", task_id AS "taskId",
  agent_id AS "agentId", action, method, resource, delegation_id AS "delegationId", person, attempt,
  input_digest AS "inputDigest", owner, opened_at AS "openedAt", authority_id AS "authorityId", code`;

/** The driver gives 64-bit integers as strings. */
export type TrailRow = Omit<TrailEntry, 'sequence'> & { readonly sequence: string };

export type IntentRow = Omit<Intent, 'attempt'> & { readonly attempt: string };

export const toIntent = (row: IntentRow): Intent => ({ ...row, attempt: Number(row.attempt) });

export type StatementRow = Omit<StatementEntry, 'sequence'> & { readonly sequence: string };

export const toStatement = (row: StatementRow): StatementEntry => ({
  ...row,
  sequence: Number(row.sequence),
});

export const toTrailEntry = (row: TrailRow): TrailEntry => ({ ...row, sequence: Number(row.sequence) });
