import { StoreError } from '@kaizen-eatp/core/errors';
import type { CompactReport } from '@kaizen-eatp/core/store';
import type { Client } from 'pg';
import { connect, destroy } from '../connection/connections.js';
import type { Settings } from '../options.js';
import { quoteIdentifier } from '../schema/schema-name.js';

/** The tables from which personal data is erased. All others hold records that stay. */
const ERASABLE = ['disclosures', 'steps', 'deliveries', 'runs'];
/** How long to wait before the next attempt while others can read deleted rows, in milliseconds. */
const PAUSE = 200;

/**
 * Rewrites the tables from which personal data is erased: until then, deleted rows stay in their files. The server keeps rows
 * that an older transaction can still read, so that one is waited for.
 */
export async function compact(settings: Settings): Promise<CompactReport> {
  const s = quoteIdentifier(settings.schema);
  const tables = ERASABLE.map((table) => `${s}.${table}`);
  const client = await connect(settings, 'upkeep');
  const size = async (): Promise<number> => {
    const { rows } = await client.query<{ bytes: string }>(
      `SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(name::regclass))::text AS bytes
       FROM pg_catalog.unnest($1::text[]) AS name`,
      [tables],
    );
    return Number(rows[0]?.bytes);
  };
  try {
    const bytesBefore = await size();
    const { rows } = await client.query<{ start: string }>(
      'SELECT pg_catalog.pg_current_xact_id()::xid::text AS start',
    );
    // The time of a large table is no reason to give up.
    await client.query("SELECT pg_catalog.set_config('statement_timeout', '0', false)");
    const deadline = performance.now() + settings.lockTimeout;
    for (const table of tables) await rewrite(client, table, rows[0]?.start as string, deadline);
    return { bytesBefore, bytesAfter: await size() };
  } finally {
    destroy(client);
  }
}

/** @param start - a transaction that is newer than every deletion whose rows must be gone. */
async function rewrite(client: Client, table: string, start: string, deadline: number): Promise<void> {
  const { file } = await stateOf(client, table, start);
  for (;;) {
    await client.query({ text: `VACUUM (FULL) ${table}`, query_timeout: 0 } as never);
    const now = await stateOf(client, table, start);
    if (now.file === file) throw notOwned(table);
    if (now.isClean) return;
    if (performance.now() >= deadline) throw stillRead(table);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/**
 * The file of a table, which each rewriting replaces, and whether no row is left in it that was deleted before a transaction:
 * the rewriting leaves out what was deleted before the oldest transaction, whose number it notes.
 */
async function stateOf(
  client: Client,
  table: string,
  start: string,
): Promise<{ readonly file: string; readonly isClean: boolean }> {
  const { rows } = await client.query<{ file: string; isClean: boolean }>(
    `SELECT pg_relation_filenode(oid)::text AS file, age(relfrozenxid) <= age($2::xid) AS "isClean"
     FROM pg_class WHERE oid = $1::regclass`,
    [table, start],
  );
  return rows[0] as { file: string; isClean: boolean };
}

const notOwned = (table: string): StoreError =>
  new StoreError('STORE_FAILED', `The table ${table} cannot be compacted`, {
    expected: 'a role that owns the tables',
    received: 'one for which the server left the table as it is',
    remedy: 'Compact in a process whose role owns the tables: the one that opened the store first.',
    evidence: { table, retryable: false, outcome: 'nothing_written' },
  });

const stillRead = (table: string): StoreError =>
  new StoreError('STORE_FAILED', `Deleted rows are still in the table ${table}`, {
    expected: 'no transaction that began before the call and lasts longer than `lockTimeout`',
    received: 'one that can read deleted rows',
    remedy:
      'Compact again after it has ended: an export, a dump or an open transaction (backend_xmin in pg_stat_activity), or the query of a replica (pg_replication_slots).',
    evidence: { table, retryable: true, outcome: 'nothing_written' },
  });
