import type { CHAIN_COLUMNS } from './schema.js';

/** What a column holds: text, a whole number, or text that may be null. */
export type ColumnKind = 'text' | 'integer' | 'optional';

export interface DumpedTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** The columns by which rows are ordered in an export. */
  readonly order: readonly string[];
}

export const FORMAT = 'kaizen-eatp-store/1';

const CHAIN_KINDS: Readonly<Record<(typeof CHAIN_COLUMNS)[number], ColumnKind>> = {
  agent_id: 'text',
  chain_data: 'text',
  active: 'integer',
  authority_id: 'optional',
  created_at: 'text',
  updated_at: 'text',
  deleted_at: 'optional',
  expires_at: 'optional',
};

const DELEGATION_KINDS: DumpedTable['columns'] = {
  ordinal: 'integer',
  delegation_id: 'text',
  task_id: 'text',
  run_id: 'optional',
  delegator_id: 'text',
  delegatee_id: 'text',
  parent_delegation_id: 'optional',
  human_id: 'optional',
  text: 'text',
  status: 'text',
  ended_at: 'optional',
};

/** All that an export holds. Names of tables and columns in SQL come from here, never from a file. */
export const DUMPED_TABLES: readonly DumpedTable[] = [
  { name: 'trust_chains', columns: CHAIN_KINDS, order: ['agent_id'] },
  {
    name: 'eatp_authorities',
    columns: { authority_id: 'text', text: 'text', version: 'integer' },
    order: ['authority_id'],
  },
  { name: 'eatp_delegations', columns: DELEGATION_KINDS, order: ['ordinal'] },
  { name: 'eatp_archived_delegations', columns: DELEGATION_KINDS, order: ['ordinal'] },
  {
    name: 'eatp_trail',
    columns: {
      trail_id: 'text',
      sequence: 'integer',
      previous_hash: 'text',
      hash: 'text',
      anchor_id: 'text',
      agent_id: 'text',
      text: 'text',
    },
    order: ['trail_id', 'sequence'],
  },
  {
    name: 'eatp_intents',
    columns: {
      ordinal: 'integer',
      invocation_id: 'text',
      trail_id: 'text',
      task_id: 'text',
      agent_id: 'text',
      action: 'text',
      resource: 'optional',
      delegation_id: 'optional',
      human_id: 'optional',
      input_digest: 'optional',
      owner: 'text',
      opened_at: 'text',
    },
    order: ['invocation_id'],
  },
  {
    name: 'eatp_revocations',
    columns: { ordinal: 'integer', kind: 'text', subject_id: 'text', reason: 'text', at: 'text' },
    order: ['ordinal'],
  },
];
