import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import type { Pool } from 'pg';
import { quoteIdentifier } from '../schema/schema-name.js';

export interface ArchiveOptions {
  /** Only runs whose last delegation ended at least so many milliseconds ago, by the server's clock. Default: 30 days. */
  readonly minimumAge?: number;
  /** Entries to move in one transaction. Default: 5,000. */
  readonly batchSize?: number;
}

const DAY = 86_400_000;

/**
 * Moves the entries of runs of which nothing is in force any more. What was delegated outside a run stays. An
 * archived id is not given again.
 */
export async function archiveEndedRuns(pool: Pool, schema: string, options: ArchiveOptions): Promise<number> {
  const { minimumAge = 30 * DAY, batchSize = 5_000 } = options;
  for (const [name, value] of Object.entries({ minimumAge, batchSize })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new InvalidArgumentError(`\`${name}\` is not valid`, {
      expected: 'a whole number from 0',
      received: describe(value),
      remedy: 'Leave it out for the default.',
    });
  }
  const s = quoteIdentifier(schema);
  let archived = 0;
  for (;;) {
    const { rowCount } = await pool.query(
      `WITH moved AS (
         DELETE FROM ${s}.delegations WHERE delegation_id IN (
           SELECT d.delegation_id FROM ${s}.delegations d
           WHERE d.run_id IS NOT NULL AND d.status <> 'in_force' AND NOT EXISTS (
             SELECT 1 FROM ${s}.delegations o WHERE o.run_id = d.run_id
               AND (o.status = 'in_force' OR o.ended_at > pg_catalog.now() - $1 * interval '1 millisecond'))
           ORDER BY d.seq LIMIT $2)
         RETURNING *)
       INSERT INTO ${s}.archived_delegations SELECT * FROM moved`,
      [minimumAge, Math.max(batchSize, 1)],
    );
    archived += rowCount ?? 0;
    if ((rowCount ?? 0) < Math.max(batchSize, 1)) return archived;
  }
}
