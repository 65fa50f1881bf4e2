import { StoreError } from '@kaizen-eatp/core';
import type { Database } from 'better-sqlite3';
import { CHAIN_COLUMNS, MIGRATIONS, SCHEMA_VERSION } from './schema.js';

/**
 * Brings a file to this version's schema, or finds it there already. All steps are one transaction, so that
 * processes which start together, or one that dies, leave a whole schema.
 *
 * @throws StoreError `STORE_FAILED` for a schema newer than known, or a file that something else made.
 */
export function migrate(db: Database, path: string): void {
  if (versionOf(db, path) < SCHEMA_VERSION) {
    db.transaction(() => {
      const version = versionOf(db, path);
      for (const step of MIGRATIONS.slice(version)) db.exec(step);
      if (version < SCHEMA_VERSION) {
        db.exec('CREATE TABLE IF NOT EXISTS eatp_meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)');
        db.prepare('INSERT OR REPLACE INTO eatp_meta (key, value) VALUES (?, ?)').run(
          'schema_version',
          String(SCHEMA_VERSION),
        );
      }
    }).immediate();
  }
  expectChainTable(db, path);
}

function versionOf(db: Database, path: string): number {
  const hasMeta = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'eatp_meta'").get();
  if (!hasMeta) return 0;
  const value = db.prepare("SELECT value FROM eatp_meta WHERE key = 'schema_version'").pluck().get();
  const version = typeof value === 'string' && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : Number.NaN;
  if (version <= SCHEMA_VERSION) return version;
  const isNewer = version > SCHEMA_VERSION;
  throw new StoreError(
    'STORE_FAILED',
    isNewer
      ? 'The trust store was made by a newer version'
      : 'The trust store has no readable schema version',
    {
      expected: `schema version ${SCHEMA_VERSION} at most`,
      received: isNewer ? `version ${version}` : JSON.stringify(value ?? null),
      remedy: isNewer
        ? 'Nothing was changed. Update @kaizen-eatp/store-sqlite, or use another file.'
        : 'Nothing was changed. Restore the file from a copy, or use another.',
      evidence: { path, reason: 'SCHEMA', retryable: false },
    },
  );
}

function expectChainTable(db: Database, path: string): void {
  const columns = db.prepare("SELECT name FROM pragma_table_info('trust_chains')").pluck().all();
  const missing = CHAIN_COLUMNS.filter((column) => !columns.includes(column));
  if (missing.length === 0) return;
  throw new StoreError('STORE_FAILED', 'The file has another table of the name trust_chains', {
    expected: `the columns ${CHAIN_COLUMNS.join(', ')}`,
    received: `none of the name ${missing.join(', ')}`,
    remedy: 'Use a file of its own for the trust store.',
    evidence: { path, reason: 'SCHEMA', retryable: false },
  });
}
