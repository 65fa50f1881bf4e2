import { DUMP_KINDS, DUMP_ORDER, type DumpKind } from '@kaizen-eatp/core/store';

/** Where lines of a kind are kept. Names of tables and columns in SQL come from here, never from a file. */
export interface DumpedTable {
  readonly kind: DumpKind;
  readonly table: string;
  /** The column of each field. */
  readonly columns: readonly (readonly [field: string, column: string])[];
  /** The columns that pages are cut by. They follow the order of insertion, and no two rows have the same. */
  readonly order: readonly string[];
}

const PLACES: Readonly<Record<DumpKind, Pick<DumpedTable, 'table' | 'order'>>> = {
  authority: { table: 'eatp_authorities', order: ['authority_id'] },
  statement: { table: 'eatp_statements', order: ['sequence'] },
  chain: { table: 'trust_chains', order: ['agent_id'] },
  earlier_chain: { table: 'eatp_earlier_chains', order: ['ordinal'] },
  delegation: { table: 'eatp_delegations', order: ['ordinal'] },
  archived_delegation: { table: 'eatp_archived_delegations', order: ['ordinal', 'delegation_id'] },
  anchor: { table: 'eatp_trail', order: ['trail_id', 'sequence'] },
  intent: { table: 'eatp_intents', order: ['ordinal', 'invocation_id'] },
  disclosure: { table: 'eatp_disclosures', order: ['digest'] },
  run: { table: 'eatp_runs', order: ['ordinal'] },
  step: { table: 'eatp_steps', order: ['ordinal'] },
  delivery: { table: 'eatp_deliveries', order: ['run_id', 'place'] },
  revocation: { table: 'eatp_revocations', order: ['ordinal'] },
};

/** The reference's names in its own table, where they are others. */
const NAMES_IN_CHAINS: Readonly<Record<string, string>> = { text: 'chain_data', ended_at: 'deleted_at' };

export const DUMPED_TABLES: readonly DumpedTable[] = DUMP_ORDER.map((kind) => ({
  kind,
  ...PLACES[kind],
  columns: Object.keys(DUMP_KINDS[kind]).map((field) => [
    field,
    (kind === 'chain' && NAMES_IN_CHAINS[field]) || field,
  ]),
}));
