/** What a field holds: a text, one that may be null, a moment that may be null, a whole number from 1, yes or no, or one of some words. */
export type DumpField = 'text' | 'text?' | 'moment?' | 'place' | 'boolean' | readonly string[];

const LEDGER_ENTRY = {
  delegation_id: 'text',
  task_id: 'text',
  run_id: 'text?',
  invocation_id: 'text?',
  delegator_id: 'text',
  delegatee_id: 'text',
  parent_delegation_id: 'text?',
  person: 'text?',
  nonce: 'text',
  text: 'text',
  status: ['in_force', 'closed', 'revoked'],
  ended_at: 'moment?',
} as const satisfies Readonly<Record<string, DumpField>>;

/**
 * What a store holds, as it goes from one store to another, whatever each makes of it: the kinds of lines, in their
 * order, and the fields of each. Versions and numbers that a store gives are not among them; the order of the lines
 * says which came first. What a store does not know, such as when a chain was made, is null.
 */
export const DUMP_KINDS = {
  authority: { authority_id: 'text', text: 'text' },
  chain: {
    agent_id: 'text',
    text: 'text',
    active: 'boolean',
    authority_id: 'text?',
    expires_at: 'text?',
    created_at: 'text?',
    updated_at: 'text?',
    ended_at: 'text?',
  },
  delegation: LEDGER_ENTRY,
  /** Out of the ledger, and its id never to be given again. */
  archived_delegation: LEDGER_ENTRY,
  /** Those of one trail come one after the other. */
  anchor: {
    trail_id: 'text',
    sequence: 'place',
    previous_hash: 'text',
    hash: 'text',
    anchor_id: 'text',
    agent_id: 'text',
    text: 'text',
  },
  intent: {
    invocation_id: 'text',
    trail_id: 'text',
    task_id: 'text',
    agent_id: 'text',
    action: 'text',
    method: 'text?',
    resource: 'text?',
    delegation_id: 'text?',
    person: 'text?',
    attempt: 'place',
    input_digest: 'text?',
    owner: 'text',
    opened_at: 'text',
  },
  revocation: { kind: ['agent', 'delegation', 'person'], subject_id: 'text', reason: 'text', at: 'text' },
  /** Those that were not erased. */
  disclosure: { digest: 'text', person: 'text', salt: 'text', text: 'text' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, DumpField>>>>;

export type DumpKind = keyof typeof DUMP_KINDS;

/** In the order of a dump: what others refer to comes first. */
export const DUMP_ORDER = Object.keys(DUMP_KINDS) as DumpKind[];

/** One record of a dump. */
export type DumpLine = { readonly type: DumpKind } & Readonly<
  Record<string, string | number | boolean | null>
>;

/** How many lines of each kind were taken in. */
export type ImportReport = Readonly<Record<DumpKind, number>>;

/** The first line of a dump. */
export const DUMP_HEADER = { type: 'header', format: 'kaizen-eatp-store', version: 2 } as const;
