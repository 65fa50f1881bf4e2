import { type ArchiveOptions, type ArchiveReport, archiveSettings } from '@kaizen-eatp/core/store';
import type { Pool } from 'pg';
import { quoteIdentifier } from '../schema/schema-name.js';

/** Entries that are moved in one transaction. */
const PAGE = 5_000;

/**
 * Moves ended delegations out of the ledger, the last ones of their paths first: one with another in the ledger under
 * it stays for now, and so does everything of a run that has others in force.
 */
export async function archiveDelegations(
  pool: Pool,
  schema: string,
  options: ArchiveOptions,
): Promise<ArchiveReport> {
  const { minimumAge } = archiveSettings(options);
  const s = quoteIdentifier(schema);
  for (let archived = 0; ; ) {
    const { rowCount } = await pool.query(
      `WITH moved AS (
         DELETE FROM ${s}.delegations WHERE delegation_id IN (
           SELECT d.delegation_id FROM ${s}.delegations d
           WHERE d.status NOT IN ('in_force', 'offered') AND d.ended_at <= pg_catalog.now() - $1 * interval '1 millisecond'
             AND NOT EXISTS (SELECT 1 FROM ${s}.delegations c WHERE c.parent_delegation_id = d.delegation_id)
             AND NOT EXISTS (SELECT 1 FROM ${s}.delegations o WHERE o.run_id = d.run_id AND o.status = 'in_force')
           ORDER BY d.seq LIMIT ${PAGE})
         RETURNING *)
       INSERT INTO ${s}.archived_delegations SELECT * FROM moved`,
      [minimumAge],
    );
    if (!rowCount) return { archived };
    archived += rowCount;
  }
}
