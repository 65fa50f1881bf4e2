import { RECORD_FIELDS, type RecordFields } from '../contract/record-fields.js';

const LEDGER_ENTRY = { ...RECORD_FIELDS.delegation, ended_at: 'moment?' } as const satisfies RecordFields;

/**
 * The contents of a store in the form that goes from one store to another: the kinds of lines, in their order, and the
 * fields of each. Versions and numbers that a store assigns are not included; the order of the lines shows which record
 * came first. A field that a store does not know, such as when a chain was made, is null.
 */
export const DUMP_KINDS = {
  authority: RECORD_FIELDS.authority,
  /** In the order of the log. */
  statement: RECORD_FIELDS.statement,
  chain: {
    ...{ agent_id: 'id', text: 'text', active: 'boolean', authority_id: 'id?', expires_at: 'text?' },
    ...{ created_at: 'text?', updated_at: 'text?', ended_at: 'text?' },
  },
  /** Those of one agent, oldest first. */
  earlier_chain: RECORD_FIELDS.earlier_chain,
  delegation: LEDGER_ENTRY,
  /** Delegations that were moved out of the ledger; their ids are never used again. */
  archived_delegation: LEDGER_ENTRY,
  /** Those of one trail come one after the other. */
  anchor: RECORD_FIELDS.anchor,
  intent: RECORD_FIELDS.intent,
  revocation: RECORD_FIELDS.revocation,
  /** Those that were not erased. */
  disclosure: RECORD_FIELDS.disclosure,
  /** Durable runs, in the order of their submission. Their content stays sealed. */
  run: RECORD_FIELDS.run,
  /** Those of one run in the order in which they were recorded. */
  step: { run_id: 'id', ...RECORD_FIELDS.step },
  /** The outcomes that the patterns of durable runs have received, by their places. */
  delivery: { run_id: 'id', place: 'count', key: 'id' },
} as const satisfies Readonly<Record<string, RecordFields>>;

/** The kind of the records in a dump. */
export type DumpKind = keyof typeof DUMP_KINDS;

/** The kinds in the order of a dump: records that others refer to come first. */
export const DUMP_ORDER = Object.keys(DUMP_KINDS) as DumpKind[];

/** One record of a dump. */
export type DumpLine = {
  /** The kind of the record in the line. */
  readonly type: DumpKind;
} & Readonly<Record<string, string | number | boolean | null>>;

/** How many lines of each kind were imported. */
export type ImportReport = Readonly<Record<DumpKind, number>>;

/** The first line of a dump. */
export const DUMP_HEADER = { type: 'header', format: 'kaizen-eatp-store', version: 3 } as const;
