import { StoreError } from '@kaizen-eatp/core/errors';
import type { Client } from 'pg';
import { functions } from './functions.js';
import { quoteIdentifier } from './schema-name.js';
import { tables } from './tables.js';

/** The version of {@link create}. A schema of an earlier version is refused, since its records mean something else. */
const OLDEST_VERSION = 6;

/** Each step takes a schema from one version to the next, from {@link OLDEST_VERSION} on. Never changed, only added to. */
const STEPS: readonly ((schema: string) => string)[] = [];

/** The version of a schema that this package reads and writes. */
export const SCHEMA_VERSION = OLDEST_VERSION + STEPS.length;

/**
 * Brings a schema to {@link SCHEMA_VERSION}, or leaves it alone if it is there. One process migrates at a time; a
 * step that fails leaves everything as it was.
 *
 * @param mayCreate - whether a missing schema, or one without our tables, gets them. Default: true.
 * @throws StoreError `STORE_FAILED` for a schema of another version, or a server that it cannot be kept on;
 * `STORE_NOT_FOUND`.
 */
export async function migrate(client: Client, schema: string, mayCreate = true): Promise<void> {
  await checkServer(client);
  const found = await versionOf(client, schema);
  if (found === SCHEMA_VERSION) return;
  if (found === undefined && !mayCreate) throw notFound(schema);
  await client.query('BEGIN');
  try {
    await client.query(
      "SELECT pg_catalog.set_config('lock_timeout', '60s', true), pg_catalog.set_config('statement_timeout', '0', true)",
    );
    await client.query(
      'SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0::bigint))',
      [`eatp:${schema}:migrate`],
    );
    const version = await versionOf(client, schema);
    if (version === undefined) await create(client, schema);
    for (const step of STEPS.slice((version ?? OLDEST_VERSION) - OLDEST_VERSION)) {
      await client.query(step(schema));
    }
    await client.query(`UPDATE ${quoteIdentifier(schema)}.schema_version SET version = $1`, [SCHEMA_VERSION]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

const notFound = (schema: string): StoreError =>
  new StoreError('STORE_NOT_FOUND', `There is no trust store in schema '${schema}'`, {
    expected: 'a schema that a trust store was opened with before',
    received: 'none, or one without its tables',
    remedy: 'Correct `schema`, or omit `create: false` to make it.',
    evidence: { schema, retryable: false, outcome: 'nothing_written' },
  });

async function create(client: Client, schema: string): Promise<void> {
  const s = quoteIdentifier(schema);
  // Asked for only where it is missing: a user without the right to create schemas may be given one.
  const { rowCount } = await client.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [
    schema,
  ]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${s}`);
  await client.query(`CREATE TABLE ${s}.schema_version (version integer NOT NULL)`);
  await client.query(`INSERT INTO ${s}.schema_version VALUES (${OLDEST_VERSION})`);
  await client.query(tables(s) + functions(s, schema));
}

/** @returns undefined if nothing of ours is there. @throws StoreError for a version that cannot be used. */
async function versionOf(client: Client, schema: string): Promise<number | undefined> {
  // Asked of the tables themselves: to_regclass() may still answer from before the wait for the lock.
  const { rowCount } = await client.query(
    `SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = 'schema_version'`,
    [schema],
  );
  if (rowCount === 0) return undefined;
  const table = `${quoteIdentifier(schema)}.schema_version`;
  const { rows } = await client.query(`SELECT pg_catalog.max(version) AS version FROM ${table}`);
  const version = rows[0].version;
  if (Number.isInteger(version) && version >= OLDEST_VERSION && version <= SCHEMA_VERSION) return version;
  const range = OLDEST_VERSION === SCHEMA_VERSION ? '' : `${OLDEST_VERSION} to `;
  throw new StoreError('STORE_FAILED', `Schema '${schema}' has a version that this package does not read`, {
    expected: `schema version ${range}${SCHEMA_VERSION}`,
    received: `version ${version}`,
    remedy: remedyFor(version),
    evidence: { schema, version, known: SCHEMA_VERSION, retryable: false, outcome: 'nothing_written' },
  });
}

function remedyFor(version: unknown): string {
  if (typeof version === 'number' && version < OLDEST_VERSION)
    return 'Nothing was changed. Export it with the version of @kaizen-eatp/store-postgres that wrote it if you need its records; then drop the schema, or name another.';
  return 'Nothing was changed. Update @kaizen-eatp/store-postgres, or name another schema.';
}

async function checkServer(client: Client): Promise<void> {
  const { rows } = await client.query(
    "SELECT pg_catalog.current_setting('server_encoding') AS encoding, pg_catalog.current_setting('server_version_num')::int AS version",
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
