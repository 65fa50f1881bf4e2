import { formatTimestamp } from '@kaizen-eatp/core/records';
import {
  countImports,
  type DumpKind,
  type DumpLine,
  dumpNotImportable,
  type ImportReport,
  readDump,
  recordOfLine,
  type StoredRun,
  storeNotEmpty,
  type TrailEntry,
} from '@kaizen-eatp/core/store';
import type { Database, Statement } from 'better-sqlite3';
import type { DatabaseFile } from '../connection/database-file.js';
import { isBusy } from '../failures.js';
import { RunListTable } from '../tables/run-list-table.js';
import { DUMPED_TABLES, type DumpedTable } from './dumped-tables.js';

/** All lines in one transaction of a connection of its own; others wait for it, as for any writer. */
export async function importJsonLines(
  file: DatabaseFile,
  lines: Iterable<string> | AsyncIterable<string>,
  lockTimeout: number,
): Promise<ImportReport> {
  file.expectInPlace();
  const db = file.another({ readonly: false });
  try {
    await begin(db, lockTimeout);
    expectEmpty(db, file.path);
    const inserts = new Map(DUMPED_TABLES.map((table) => [table.kind, db.prepare(insertInto(table))]));
    const { count, report } = countImports();
    const runList = new RunListTable(db);
    const at = formatTimestamp(new Date());
    let ordinal = 0;
    for await (const line of readDump(lines)) {
      ordinal += 1;
      insert(inserts.get(line.type) as Statement, line, { ordinal, at });
      list(runList, line);
      count(line.type);
    }
    db.exec('COMMIT');
    return report;
  } finally {
    // Closing the connection rolls back an unfinished transaction.
    db.close();
  }
}

/** Columns that a row must have and a line lacks. */
const MISSING: Readonly<Partial<Record<DumpKind, Readonly<Record<string, string>>>>> = {
  authority: { version: '1' },
  archived_delegation: { ordinal: '@ordinal' },
  intent: { ordinal: '@ordinal' },
};

function insertInto({ kind, table, columns }: DumpedTable): string {
  const more = Object.entries(MISSING[kind] ?? {});
  const names = [...columns.map(([, column]) => column), ...more.map(([column]) => column)];
  const values = [...columns.map(([field]) => `@${field}`), ...more.map(([, value]) => value)];
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${values.join(', ')})`;
}

function insert(statement: Statement, line: DumpLine, given: { ordinal: number; at: string }): void {
  const { type, ...fields } = line;
  const row: Record<string, unknown> = { ...given, ...fields };
  if (type === 'chain') {
    row.active = fields.active ? 1 : 0;
    row.created_at ??= given.at;
    row.updated_at ??= given.at;
    if (!fields.active) row.ended_at ??= given.at;
  }
  // Or it would never be old enough for the archive.
  if ('status' in fields && fields.status !== 'in_force' && fields.status !== 'offered')
    row.ended_at ??= given.at;
  try {
    statement.run(row);
  } catch (error) {
    if (String((error as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT'))
      throw dumpNotImportable('every id once', error);
    throw error;
  }
}

/** The list of runs is made from the records, so a dump has none. */
function list(runList: RunListTable, line: DumpLine): void {
  if (line.type === 'run') runList.noteRun(recordOfLine<StoredRun>(line));
  if (line.type === 'anchor') runList.noteEntry(recordOfLine<TrailEntry>(line));
}

async function begin(db: Database, lockTimeout: number): Promise<void> {
  const deadline = Date.now() + lockTimeout;
  for (;;) {
    try {
      db.exec('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function expectEmpty(db: Database, path: string): void {
  const filled = DUMPED_TABLES.find(({ table }) => db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get());
  if (filled) throw storeNotEmpty(`rows in ${filled.table}`, { path });
}
