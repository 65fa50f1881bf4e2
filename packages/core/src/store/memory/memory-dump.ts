import { expectNewRecord } from '../contract/conflicts.js';
import { camelCase } from '../contract/record-fields.js';
import type { StoreWrite } from '../contract/store-write.js';
import type { Disclosure, LedgerEntry, Revocation, StoredChain } from '../contract/stored-records.js';
import { DUMP_KINDS, type DumpKind, type DumpLine } from '../dump/dump-kinds.js';
import { recordOfLine } from '../dump/record-of-line.js';
import type { DumpRow } from '../dump/write-dump.js';
import { Batch } from './batch.js';
import type { MemoryTables } from './memory-tables.js';

/** Everything that the tables hold, in the order of a dump. @param trails - all entries of trails, or only the last of each. */
export function rowsOf(tables: MemoryTables, trails: 'whole' | 'heads' = 'whole'): DumpRow[] {
  const rows = (type: DumpKind, records: Iterable<object>): DumpRow[] =>
    Array.from(records, (record) => toRow(type, record));
  return [
    ...rows('authority', tables.authorities()),
    ...rows('statement', tables.statements.all()),
    ...rows('chain', tables.chains.rows()),
    ...rows('earlier_chain', tables.chains.allEarlier()),
    ...rows('delegation', tables.ledger.all()),
    ...rows('archived_delegation', tables.ledger.archived()),
    ...rows('anchor', trails === 'whole' ? tables.trails.all() : tables.trails.heads()),
    ...rows('intent', tables.intents.list()),
    ...rows('revocation', tables.revocations()),
    ...rows('disclosure', tables.disclosures.all()),
    ...rows('run', tables.runs.all()),
    ...rows('step', tables.runs.allSteps()),
    ...rows('delivery', tables.runs.allDeliveries()),
  ];
}

/** Stores a line of a dump as it is. @throws StoreError if a record with its id exists. */
export function takeLine(tables: MemoryTables, line: DumpLine): void {
  const record = recordOfLine<never>(line);
  switch (line.type) {
    case 'authority':
      return tables.commit([
        { op: 'put_authority', ...(record as object), ifVersion: null } as unknown as StoreWrite,
      ]);
    case 'chain': {
      const { active, endedAt, ...chain } = record as { active: boolean; endedAt: string | null };
      const { agentId } = record as StoredChain;
      return tables.commit([
        { op: 'put_chain', ...chain, ifVersion: null } as unknown as StoreWrite,
        ...(active ? [] : [{ op: 'deactivate_chain', agentId, at: endedAt as string } as const]),
      ]);
    }
    case 'earlier_chain':
      return tables.chains.addEarlier(record);
    case 'statement':
      return tables.commit([{ op: 'append_statement', entry: record }]);
    case 'delegation':
      return tables.commit([{ op: 'add_delegation', entry: withoutEnd(record) }]);
    case 'archived_delegation': {
      const entry = withoutEnd(record);
      tables.ledger.check({ op: 'add_delegation', entry }, new Batch());
      return tables.ledger.addArchived(entry);
    }
    case 'anchor':
      return tables.commit([{ op: 'append_anchor', entry: record }]);
    case 'intent':
      return tables.commit([{ op: 'open_intent', intent: record }]);
    case 'revocation': {
      const { kind, subjectId } = record as Revocation;
      expectNewRecord(`revocation of ${kind} ${subjectId}`, !tables.revocation(kind, subjectId));
      return tables.putRevocation(record);
    }
    case 'disclosure': {
      const { digest } = record as Disclosure;
      expectNewRecord(`disclosure ${digest}`, !tables.disclosures.read(digest));
      return tables.disclosures.put(record);
    }
    case 'run':
      return tables.commit([{ op: 'add_run', run: record }]);
    case 'step':
      return tables.runs.takeStep(record);
    case 'delivery':
      return tables.runs.takeDelivery(record);
  }
}

/** The moment at which an entry ended has no use in memory. */
function withoutEnd(record: LedgerEntry & { readonly endedAt?: string | null }): LedgerEntry {
  const { endedAt: _, ...entry } = record;
  return entry;
}

/** A record of this package, by the names that a dump has for its fields. */
const toRow = (type: DumpKind, record: object): DumpRow => ({
  type,
  row: Object.fromEntries(
    Object.keys(DUMP_KINDS[type]).map((name) => [name, Reflect.get(record, camelCase(name))]),
  ),
});
