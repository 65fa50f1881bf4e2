import { StoreError } from '@kaizen-eatp/core';
import type { Client } from 'pg';
import { functions } from './functions.js';
import { quoteIdentifier } from './schema-name.js';
import { tables } from './tables.js';

/** Each step takes a schema from the version of its place to the next. Steps are never changed, only added. */
const STEPS: readonly ((schema: string) => string)[] = [
  (schema) => tables(quoteIdentifier(schema)) + functions(quoteIdentifier(schema), schema),
];

/** The version of a schema that this package reads and writes. */
export const SCHEMA_VERSION = STEPS.length;

/**
 * Brings a schema to {@link SCHEMA_VERSION}, or leaves it alone if it is there. One process migrates at a time; a
 * step that fails leaves everything as it was.
 *
 * @throws StoreError `STORE_FAILED` for a schema that is newer than this package, or a server it cannot be kept on.
 */
export async function migrate(client: Client, schema: string): Promise<void> {
  await checkServer(client);
  if ((await versionOf(client, schema)) === SCHEMA_VERSION) return;
  await client.query('BEGIN');
  try {
    await client.query(
      "SELECT set_config('lock_timeout', '60s', true), set_config('statement_timeout', '0', true)",
    );
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`eatp:${schema}:migrate`]);
    let version = await versionOf(client, schema);
    if (version === undefined) {
      const s = quoteIdentifier(schema);
      // Asked for only where it is missing: a user without the right to create schemas may be given one.
      const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
      if (rowCount === 0) await client.query(`CREATE SCHEMA ${s}`);
      await client.query(`CREATE TABLE ${s}.schema_version (version integer NOT NULL)`);
      await client.query(`INSERT INTO ${s}.schema_version VALUES (0)`);
      version = 0;
    }
    for (const step of STEPS.slice(version)) await client.query(step(schema));
    await client.query(`UPDATE ${quoteIdentifier(schema)}.schema_version SET version = $1`, [SCHEMA_VERSION]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** @returns undefined if nothing of ours is there. @throws StoreError for a version this package does not know. */
async function versionOf(client: Client, schema: string): Promise<number | undefined> {
  // Asked of the tables themselves: to_regclass() may still answer from before the wait for the lock.
  const { rowCount } = await client.query(
    `SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = 'schema_version'`,
    [schema],
  );
  if (rowCount === 0) return undefined;
  const table = `${quoteIdentifier(schema)}.schema_version`;
  const version = (await client.query(`SELECT max(version) AS version FROM ${table}`)).rows[0].version;
  if (Number.isInteger(version) && version >= 0 && version <= SCHEMA_VERSION) return version;
  throw new StoreError('STORE_FAILED', `Schema '${schema}' is of a version that this package does not know`, {
    expected: `a version up to ${SCHEMA_VERSION}`,
    received: `version ${version}`,
    remedy: 'Update @kaizen-eatp/store-postgres in this process to the one that migrated the schema.',
    evidence: { schema, version, known: SCHEMA_VERSION, retryable: false, outcome: 'nothing_written' },
  });
}

async function checkServer(client: Client): Promise<void> {
  const { rows } = await client.query(
    "SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num')::int AS version",
  );
  const { encoding, version } = rows[0];
  if (encoding === 'UTF8' && version >= 130000) return;
  throw new StoreError('STORE_FAILED', 'A trust store cannot be kept in this database', {
    expected: 'PostgreSQL 13 or later, with a database of encoding UTF8',
    received: `server version ${version}, encoding ${encoding}`,
    remedy: "Create a database with ENCODING 'UTF8' and use that.",
    evidence: { encoding, version, retryable: false, outcome: 'nothing_written' },
  });
}
