import { DURABLE_RUN_STATES } from './durable-runs.js';

/**
 * The kind of value in a field of a stored record: an id, a string, a moment, a whole number from 1, a boolean, or one of
 * some words. A question mark stands for "or null".
 */
export type FieldKind = 'id' | 'id?' | 'text' | 'text?' | 'moment?' | 'count' | 'boolean' | readonly string[];

/** The fields of a kind of record, by the names that dumps and databases have for them. */
export type RecordFields = Readonly<Record<string, FieldKind>>;

/** The fields of each kind of record. */
export const RECORD_FIELDS = {
  authority: { authority_id: 'id', text: 'text' },
  chain: { agent_id: 'id', text: 'text', authority_id: 'id?', expires_at: 'text?' },
  statement: { sequence: 'count', previous_hash: 'text', hash: 'text', text: 'text' },
  earlier_chain: { agent_id: 'id', text: 'text' },
  delegation: {
    delegation_id: 'id',
    task_id: 'id',
    run_id: 'id?',
    invocation_id: 'id?',
    delegator_id: 'id',
    delegatee_id: 'id',
    parent_delegation_id: 'id?',
    person: 'id?',
    nonce: 'id',
    text: 'text',
    status: ['offered', 'in_force', 'closed', 'accepted', 'revoked'],
  },
  anchor: {
    trail_id: 'id',
    sequence: 'count',
    previous_hash: 'text',
    hash: 'text',
    anchor_id: 'id',
    agent_id: 'id',
    text: 'text',
  },
  intent: {
    invocation_id: 'id',
    trail_id: 'id',
    task_id: 'id',
    agent_id: 'id',
    action: 'text',
    method: 'text?',
    resource: 'text?',
    delegation_id: 'id?',
    person: 'id?',
    attempt: 'count',
    input_digest: 'text?',
    owner: 'text',
    opened_at: 'text',
    authority_id: 'id',
    code: 'text',
  },
  revocation: { kind: ['agent', 'delegation', 'person'], subject_id: 'id', reason: 'text', at: 'text' },
  disclosure: { digest: 'id', person: 'id', salt: 'text', text: 'text' },
  run: {
    run_id: 'id',
    parent_run_id: 'id?',
    pattern: 'id',
    person: 'id?',
    state: DURABLE_RUN_STATES,
    request: 'text?',
    outcome: 'text?',
    note: 'text?',
    owner: 'text?',
    wake_at: 'text?',
    cancel: 'text?',
    submitted_at: 'text',
    updated_at: 'text',
  },
  step: { key: 'id', print: 'text', outcome: 'text' },
} as const satisfies Readonly<Record<string, RecordFields>>;

/** The name that this package has for a field. */
export const camelCase = (name: string): string =>
  name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
