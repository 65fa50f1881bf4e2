import { StoreError } from '@kaizen-eatp/core/errors';
import type { Database } from 'better-sqlite3';
import { CHAIN_COLUMNS, MIGRATIONS, OLDEST_VERSION, SCHEMA, SCHEMA_VERSION } from './tables.js';

/**
 * Brings a file to this version's schema, or finds it there already. All steps are one transaction, so that
 * processes which start together, or one that dies, leave a whole schema.
 *
 * @throws StoreError `STORE_FAILED` for a schema of another version, or a file of another program.
 */
export function migrate(db: Database, path: string): void {
  if (versionOf(db, path) !== SCHEMA_VERSION) {
    db.transaction(() => {
      const version = versionOf(db, path);
      if (version === SCHEMA_VERSION) return;
      if (version === undefined) db.exec(SCHEMA);
      for (const step of MIGRATIONS.slice((version ?? OLDEST_VERSION) - OLDEST_VERSION)) db.exec(step);
      db.exec('CREATE TABLE IF NOT EXISTS eatp_meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)');
      db.prepare('INSERT OR REPLACE INTO eatp_meta (key, value) VALUES (?, ?)').run(
        'schema_version',
        String(SCHEMA_VERSION),
      );
    }).immediate();
  }
  expectChainTable(db, path);
}

/** @returns undefined if nothing of ours is in the file. @throws StoreError for a version that cannot be used. */
function versionOf(db: Database, path: string): number | undefined {
  const hasMeta = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'eatp_meta'").get();
  if (!hasMeta) return undefined;
  const value = db.prepare("SELECT value FROM eatp_meta WHERE key = 'schema_version'").pluck().get();
  const version = typeof value === 'string' && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : Number.NaN;
  if (version >= OLDEST_VERSION && version <= SCHEMA_VERSION) return version;
  throw new StoreError('STORE_FAILED', 'The file has a schema that this version does not read', {
    expected: `schema version ${OLDEST_VERSION === SCHEMA_VERSION ? '' : `${OLDEST_VERSION} to `}${SCHEMA_VERSION}`,
    received: Number.isNaN(version) ? JSON.stringify(value ?? null) : `version ${version}`,
    remedy: remedyFor(version),
    evidence: { path, reason: 'SCHEMA', retryable: false, outcome: 'nothing_written' },
  });
}

function remedyFor(version: number): string {
  if (version > SCHEMA_VERSION)
    return 'Nothing was changed. Update @kaizen-eatp/store-sqlite, or name another file.';
  if (version < OLDEST_VERSION)
    return 'Nothing was changed. Export it with the version of @kaizen-eatp/store-sqlite that wrote it if you need its records; then delete the file, or name another.';
  return 'Nothing was changed. Restore the file from a copy, or name another.';
}

function expectChainTable(db: Database, path: string): void {
  const columns = db.prepare("SELECT name FROM pragma_table_info('trust_chains')").pluck().all();
  const missing = CHAIN_COLUMNS.filter((column) => !columns.includes(column));
  if (missing.length === 0) return;
  throw new StoreError('STORE_FAILED', 'The file has another table named trust_chains', {
    expected: `the columns ${CHAIN_COLUMNS.join(', ')}`,
    received: `none of the name ${missing.join(', ')}`,
    remedy: 'Nothing was changed. Name a file that no other program uses.',
    evidence: { path, reason: 'SCHEMA', retryable: false, outcome: 'nothing_written' },
  });
}
