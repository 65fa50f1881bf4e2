import { createHash } from 'node:crypto';
import type { DatabaseFile } from './database-file.js';
import { DUMPED_TABLES, type DumpedTable, FORMAT } from './dump-format.js';
import { storeFailure } from './sqlite-errors.js';

const PAGE = 500;

/**
 * Everything at one moment: a connection of its own keeps a read transaction open, which keeps no writer waiting.
 * Written as rows of tables, so that what is exported is what is stored, also where it is not what it should be.
 */
export async function* dump(file: DatabaseFile): AsyncGenerator<string, void, undefined> {
  let db: ReturnType<DatabaseFile['another']> | undefined;
  try {
    db = file.another({ readonly: true });
    db.exec('BEGIN');
    // The moment is that of the first read, not of the BEGIN.
    db.prepare('SELECT count(*) FROM sqlite_master').get();
    const digest = createHash('sha256');
    const rows: Record<string, number> = {};
    const line = (content: object): string => {
      const text = `${JSON.stringify(content)}\n`;
      digest.update(text);
      return text;
    };
    yield line({ format: FORMAT });
    for (const table of DUMPED_TABLES) {
      rows[table.name] = 0;
      const page = db.prepare<unknown[], Record<string, unknown>>(pageOf(table));
      let after: Record<string, unknown> | undefined;
      do {
        const bounds = table.order.map((column) => after?.[column]);
        const found: Record<string, unknown>[] = after
          ? page.all(...bounds)
          : db.prepare<[], Record<string, unknown>>(pageOf(table, true)).all();
        for (const row of found) yield line({ table: table.name, row });
        rows[table.name] = (rows[table.name] as number) + found.length;
        after = found.length === PAGE ? found.at(-1) : undefined;
        // Lets this process do something else in between, however fast the lines are taken.
        await new Promise((resolve) => setImmediate(resolve));
      } while (after);
    }
    yield `${JSON.stringify({ end: FORMAT, rows, sha256: digest.digest('hex') })}\n`;
  } catch (error) {
    throw storeFailure(error, file.path);
  } finally {
    db?.close();
  }
}

function pageOf({ name, columns, order }: DumpedTable, isFirst = false): string {
  const bounds = `(${order.join(', ')}) > (${order.map(() => '?').join(', ')})`;
  return `SELECT ${Object.keys(columns).join(', ')} FROM ${name} ${isFirst ? '' : `WHERE ${bounds}`}
    ORDER BY ${order.join(', ')} LIMIT ${PAGE}`;
}
