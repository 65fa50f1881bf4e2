import { StoreError } from '@kaizen-eatp/core';
import type { Database, Statement } from 'better-sqlite3';
import type { DatabaseFile } from './database-file.js';
import { DUMPED_TABLES, type DumpedTable } from './dump-format.js';
import { DumpReader } from './dump-reader.js';
import { isBusy } from './sqlite-errors.js';

export interface RestoreReport {
  /** How many rows each table got. */
  readonly rows: Readonly<Record<string, number>>;
}

/** All lines in one transaction of a connection of its own; others wait for it, as for any writer. */
export async function restore(
  file: DatabaseFile,
  lines: Iterable<string> | AsyncIterable<string>,
  busyTimeout: number,
): Promise<RestoreReport> {
  file.expectInPlace();
  const db = file.another({ readonly: false });
  try {
    await begin(db, busyTimeout);
    expectEmpty(db, file.path);
    const reader = new DumpReader();
    const inserts = new Map<string, Statement>();
    for await (const line of lines) {
      const found = reader.read(line);
      if (!found) continue;
      const insert = inserts.get(found.table.name) ?? db.prepare(insertInto(found.table));
      inserts.set(found.table.name, insert);
      insert.run(found.row);
    }
    reader.expectWhole();
    db.exec('COMMIT');
    return { rows: reader.rows };
  } finally {
    // Whatever was not committed goes with the connection.
    db.close();
  }
}

async function begin(db: Database, busyTimeout: number): Promise<void> {
  const deadline = Date.now() + busyTimeout;
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
  const filled = DUMPED_TABLES.find(({ name }) => db.prepare(`SELECT 1 FROM ${name} LIMIT 1`).get());
  if (!filled) return;
  throw new StoreError('STORE_CONFLICT', 'The trust store is not empty', {
    received: `rows in ${filled.name}`,
    remedy: 'Nothing was imported. Import into a file of its own.',
    evidence: { path },
  });
}

function insertInto({ name, columns }: DumpedTable): string {
  const names = Object.keys(columns);
  return `INSERT INTO ${name} (${names.join(', ')}) VALUES (${names.map((column) => `@${column}`).join(', ')})`;
}
