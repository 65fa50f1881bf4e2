import { AUTHORITY, INTENT, LEDGER_ENTRY, REVOCATION, TRAIL_ENTRY } from '../reading/rows.js';

/** The first line of an export. */
export const HEADER = { type: 'header', format: 'kaizen-eatp-store', version: 1 } as const;

/** One kind of line: the table it is of, its fields as SQL names them, and the order in which they are written. */
export interface LineKind {
  readonly type: string;
  readonly table: string;
  readonly columns: string;
  readonly order: string;
}

const withoutVersion = (columns: string): string => columns.replace(', version::text', '');

/** In the order of an export: what others refer to comes first. */
export const LINE_KINDS: readonly LineKind[] = [
  { type: 'authority', table: 'authorities', columns: withoutVersion(AUTHORITY), order: 'authority_id' },
  {
    type: 'chain',
    table: 'chains',
    columns: `agent_id AS "agentId", text, authority_id AS "authorityId", expires_at AS "expiresAt", active,
      ended_at AS "endedAt"`,
    order: 'agent_id',
  },
  { type: 'delegation', table: 'delegations', columns: LEDGER_ENTRY, order: 'seq' },
  { type: 'archived_delegation', table: 'archived_delegations', columns: LEDGER_ENTRY, order: 'seq' },
  { type: 'anchor', table: 'trail', columns: TRAIL_ENTRY, order: 'trail_id, sequence' },
  { type: 'intent', table: 'intents', columns: INTENT, order: 'seq' },
  { type: 'revocation', table: 'revocations', columns: REVOCATION, order: 'seq' },
];
