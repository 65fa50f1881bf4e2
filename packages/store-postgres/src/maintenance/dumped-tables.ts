import { DUMP_KINDS, DUMP_ORDER, type DumpKind } from '@kaizen-eatp/core/store';

/** Where lines of a kind are kept. Columns have the names of the fields. */
export interface DumpedTable {
  readonly kind: DumpKind;
  readonly table: string;
  readonly fields: readonly string[];
  readonly order: string;
}

const PLACES: Readonly<Record<DumpKind, Pick<DumpedTable, 'table' | 'order'>>> = {
  authority: { table: 'authorities', order: 'authority_id' },
  statement: { table: 'statements', order: 'sequence' },
  chain: { table: 'chains', order: 'agent_id' },
  earlier_chain: { table: 'earlier_chains', order: 'seq' },
  delegation: { table: 'delegations', order: 'seq' },
  archived_delegation: { table: 'archived_delegations', order: 'seq' },
  anchor: { table: 'trail', order: 'trail_id, sequence' },
  intent: { table: 'intents', order: 'seq' },
  revocation: { table: 'revocations', order: 'seq' },
  disclosure: { table: 'disclosures', order: 'digest' },
  run: { table: 'runs', order: 'seq' },
  step: { table: 'steps', order: 'seq' },
  delivery: { table: 'deliveries', order: 'run_id, place' },
};

export const DUMPED_TABLES: readonly DumpedTable[] = DUMP_ORDER.map((kind) => ({
  kind,
  fields: Object.keys(DUMP_KINDS[kind]),
  ...PLACES[kind],
}));

/** Whether a field is a timestamp of the server and not a string, as in the ledger, where queries compare it. */
export const isLedgerMoment = (kind: DumpKind, field: string): boolean =>
  field === 'ended_at' && kind !== 'chain';
