import { formatTimestamp } from '@kaizen-eatp/core/records';
import { type ArchiveOptions, type ArchiveReport, archiveSettings } from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';
import type { GroupCommitter } from '../writing/group-committer.js';

// Small, so that others who share the file get their turn in between.
const PAGE = 500;

/**
 * Moves ended delegations out of the ledger. From the newest to the oldest, so that a delegation comes after all that
 * were made under it: one with another in the ledger under it stays, and so does everything of a run that has others
 * in force.
 */
export async function archiveDelegations(
  db: Database,
  commits: GroupCommitter,
  options: ArchiveOptions,
): Promise<ArchiveReport> {
  const { minimumAge } = archiveSettings(options);
  const before = formatTimestamp(new Date(Math.max(0, Date.now() - minimumAge)));
  const page = db.prepare<[string, number], { ordinal: number; ended: number }>(`
    SELECT ordinal, status NOT IN ('in_force', 'offered') AND ended_at <= ? AS ended FROM eatp_delegations
    WHERE ordinal < ? ORDER BY ordinal DESC LIMIT ${PAGE}`);
  const copy = db.prepare(`
    INSERT INTO eatp_archived_delegations SELECT * FROM eatp_delegations AS entry
    WHERE ordinal = ?
      AND NOT EXISTS (SELECT 1 FROM eatp_delegations WHERE parent_delegation_id = entry.delegation_id)
      AND NOT EXISTS (SELECT 1 FROM eatp_delegations WHERE run_id = entry.run_id AND +status = 'in_force')`);
  const remove = db.prepare('DELETE FROM eatp_delegations WHERE ordinal = ?');
  let archived = 0;
  for (let from = Number.MAX_SAFE_INTEGER; ; ) {
    const rows = page.all(before, from);
    const last = rows.at(-1);
    if (!last) return { archived };
    from = last.ordinal;
    const ended = rows.filter((row) => row.ended === 1);
    if (ended.length === 0) continue;
    let movedHere = 0;
    await commits.submit({
      run: () => {
        movedHere = 0;
        for (const { ordinal } of ended) {
          if (copy.run(ordinal).changes === 0) continue;
          remove.run(ordinal);
          movedHere += 1;
        }
      },
      events: [],
    });
    archived += movedHere;
  }
}
