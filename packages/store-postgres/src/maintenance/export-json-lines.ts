import { type DumpRow, writeDump } from '@kaizen-eatp/core/store';
import type { Client } from 'pg';
import { connect, destroy } from '../connection/connections.js';
import { toStoreError } from '../failures.js';
import type { Settings } from '../options.js';
import { quoteIdentifier } from '../schema/schema-name.js';
import { DUMPED_TABLES, type DumpedTable, isLedgerMoment } from './dumped-tables.js';

const PAGE = 500;

/** Everything, as lines of a dump. */
export const exportJsonLines = (settings: Settings): AsyncGenerator<string, void, undefined> =>
  writeDump(rowsAtOneMoment(settings, 'whole'));

/** All entries of trails, or only the last of each: one that follows another, and that none follows. */
type Trails = 'whole' | 'heads';

/** All tables as they were at one moment, on a connection of its own, a page at a time. */
export async function* rowsAtOneMoment(
  settings: Settings,
  trails: Trails,
): AsyncGenerator<DumpRow, void, undefined> {
  const client = await connect(settings, 'upkeep').catch((error) => {
    throw toStoreError(error);
  });
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    yield* rowsOf(client, quoteIdentifier(settings.schema), trails);
  } catch (error) {
    throw toStoreError(error);
  } finally {
    destroy(client);
  }
}

/** Everything that is stored, in the order of a dump, a page at a time. */
export async function* rowsOf(
  client: Client,
  s: string,
  trails: Trails = 'whole',
): AsyncGenerator<DumpRow, void, undefined> {
  const lastEntries = `WHERE (sequence = 1 OR EXISTS (
      SELECT 1 FROM ${s}.trail AS b WHERE b.trail_id = t.trail_id AND b.sequence = t.sequence - 1))
    AND NOT EXISTS (SELECT 1 FROM ${s}.trail AS n WHERE n.trail_id = t.trail_id AND n.sequence = t.sequence + 1)`;
  for (const { kind, table, fields, order } of DUMPED_TABLES) {
    const columns = fields.map((field) =>
      isLedgerMoment(kind, field) ? `${s}.to_moment(${field}) AS ${field}` : field,
    );
    await client.query(
      `DECLARE lines NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${s}.${table} AS t
       ${kind === 'anchor' && trails === 'heads' ? lastEntries : ''} ORDER BY ${order}`,
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
  if (kind === 'delivery') return { ...row, place: Number(row.place) };
  if (kind === 'intent') return { ...row, attempt: Number(row.attempt) };
  return row;
}
