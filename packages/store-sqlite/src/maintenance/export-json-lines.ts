import { type DumpRow, writeDump } from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';
import type { DatabaseFile } from '../connection/database-file.js';
import { storeFailure } from '../failures.js';
import { DUMPED_TABLES, type DumpedTable } from './dumped-tables.js';

const PAGE = 500;

/** Everything, as lines of a dump. */
export const exportJsonLines = (file: DatabaseFile): AsyncGenerator<string, void, undefined> =>
  writeDump(rowsAtOneMoment(file, 'whole'));

/** Everything at one moment: a connection of its own keeps a read transaction open, which keeps no writer waiting. */
export async function* rowsAtOneMoment(
  file: DatabaseFile,
  trails: Trails,
): AsyncGenerator<DumpRow, void, undefined> {
  let db: Database | undefined;
  try {
    db = file.another({ readonly: true });
    db.exec('BEGIN');
    // The moment is that of the first read, not of the BEGIN.
    db.prepare('SELECT count(*) FROM sqlite_master').get();
    yield* rowsOf(db, trails);
  } catch (error) {
    throw storeFailure(error, file.path);
  } finally {
    db?.close();
  }
}

/** All entries of trails, or only the last of each: one that follows another, and that none follows. */
type Trails = 'whole' | 'heads';

const LAST_ENTRIES = `(sequence = 1 OR EXISTS (
    SELECT 1 FROM eatp_trail AS b WHERE b.trail_id = t.trail_id AND b.sequence = t.sequence - 1))
  AND NOT EXISTS (SELECT 1 FROM eatp_trail AS n WHERE n.trail_id = t.trail_id AND n.sequence = t.sequence + 1)`;

/** Everything that is stored, in the order of a dump, a page at a time. */
export async function* rowsOf(
  db: Database,
  trails: Trails = 'whole',
): AsyncGenerator<DumpRow, void, undefined> {
  for (const table of DUMPED_TABLES) {
    const only = table.kind === 'anchor' && trails === 'heads' ? LAST_ENTRIES : 'true';
    const page = db.prepare<unknown[], Record<string, unknown>>(pageOf(table, only));
    let found = db.prepare<[], Record<string, unknown>>(pageOf(table, only, true)).all();
    for (;;) {
      for (const row of found) yield { type: table.kind, row: shown(table, row) };
      const last = found.length === PAGE ? found.at(-1) : undefined;
      // Lets this process do something else in between, however fast the lines are taken.
      await new Promise((resolve) => setImmediate(resolve));
      if (!last) break;
      found = page.all(...table.order.map((_, i) => last[`order_${i}`]));
    }
  }
}

/** Python has no booleans in its table; whatever is not 1 is no chain in force, to either. */
const shown = ({ kind }: DumpedTable, row: Record<string, unknown>): Record<string, unknown> =>
  kind === 'chain' ? { ...row, active: row.active === 1 } : row;

function pageOf({ table, columns, order }: DumpedTable, only: string, isFirst = false): string {
  const fields = columns.map(([field, column]) => `${column} AS ${field}`);
  const places = order.map((column, i) => `${column} AS order_${i}`);
  const bounds = `(${order.join(', ')}) > (${order.map(() => '?').join(', ')})`;
  return `SELECT ${[...fields, ...places].join(', ')} FROM ${table} AS t
    WHERE ${only} ${isFirst ? '' : `AND ${bounds}`}
    ORDER BY ${order.join(', ')} LIMIT ${PAGE}`;
}
