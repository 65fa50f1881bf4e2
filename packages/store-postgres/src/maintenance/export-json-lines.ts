import { type DumpRow, writeDump } from '@kaizen-eatp/core/store';
import type { Client } from 'pg';
import { connect, destroy } from '../connection/connections.js';
import { toStoreError } from '../failures.js';
import type { Settings } from '../options.js';
import { quoteIdentifier } from '../schema/schema-name.js';
import { DUMPED_TABLES, type DumpedTable, isLedgerMoment } from './dumped-tables.js';

const PAGE = 500;

/** All tables as they were at one moment, on a connection of its own, a page at a time. */
export async function* exportJsonLines(settings: Settings): AsyncGenerator<string, void, undefined> {
  const client = await connect(settings, 'upkeep').catch((error) => {
    throw toStoreError(error);
  });
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    yield* writeDump(rowsOf(client, quoteIdentifier(settings.schema)));
  } catch (error) {
    throw toStoreError(error);
  } finally {
    destroy(client);
  }
}

/** Everything that is stored, in the order of a dump, a page at a time. */
export async function* rowsOf(client: Client, s: string): AsyncGenerator<DumpRow, void, undefined> {
  for (const { kind, table, fields, order } of DUMPED_TABLES) {
    const columns = fields.map((field) =>
      isLedgerMoment(kind, field) ? `${s}.to_moment(${field}) AS ${field}` : field,
    );
    await client.query(
      `DECLARE lines NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${s}.${table} ORDER BY ${order}`,
    );
    for (let isDone = false; !isDone; ) {
      const { rows } = await client.query<Record<string, unknown>>(`FETCH ${PAGE} FROM lines`);
      for (const row of rows) yield { type: kind, row: withNumbers(kind, row) };
      isDone = rows.length < PAGE;
    }
    await client.query('CLOSE lines');
  }
}

/** The driver gives 64-bit integers as strings. */
function withNumbers(kind: DumpedTable['kind'], row: Record<string, unknown>): Record<string, unknown> {
  if (kind === 'anchor' || kind === 'statement') return { ...row, sequence: Number(row.sequence) };
  if (kind === 'intent') return { ...row, attempt: Number(row.attempt) };
  return row;
}
