import { createHash } from 'node:crypto';
import { connect, destroy } from '../connection/connections.js';
import { toStoreError } from '../failures.js';
import type { Settings } from '../options.js';
import { quoteIdentifier } from '../schema/schema-name.js';
import { HEADER, LINE_KINDS } from './json-lines.js';

const PAGE = 500;

/** All tables as they were at one moment, on a connection of its own, a page at a time. */
export async function* exportJsonLines(settings: Settings): AsyncGenerator<string, void> {
  const digest = createHash('sha256');
  let lines = 0;
  const line = (content: object): string => {
    const text = JSON.stringify(content);
    digest.update(`${text}\n`);
    lines += 1;
    return text;
  };
  const client = await connect(settings, 'upkeep').catch((error) => {
    throw toStoreError(error);
  });
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    yield line(HEADER);
    for (const { type, table, columns, order } of LINE_KINDS) {
      const from = `${quoteIdentifier(settings.schema)}.${table}`;
      await client.query(
        `DECLARE lines NO SCROLL CURSOR FOR SELECT ${columns} FROM ${from} ORDER BY ${order}`,
      );
      for (let isDone = false; !isDone; ) {
        const { rows } = await client.query(`FETCH ${PAGE} FROM lines`);
        for (const row of rows) {
          yield line({ type, ...row, ...(type === 'anchor' && { sequence: Number(row.sequence) }) });
        }
        isDone = rows.length < PAGE;
      }
      await client.query('CLOSE lines');
    }
    yield JSON.stringify({ type: 'end', lines, sha256: digest.digest('hex') });
  } catch (error) {
    throw toStoreError(error);
  } finally {
    destroy(client);
  }
}
