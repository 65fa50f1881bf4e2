import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { formatTimestamp } from '@kaizen-eatp/core/records';
import type { Database } from 'better-sqlite3';
import type { GroupCommit } from './group-commit.js';

export interface ArchiveOptions {
  /** What ended at this moment or later stays in the ledger. */
  readonly endedBefore: Date;
}

// Small, so that those who share the file get their turn in between.
const PAGE = 500;

/**
 * Moves ended delegations out of the way of those in force. From the newest to the oldest, so that a delegation
 * comes after all that were made under it: one that something in the ledger still rests on stays, and so does all
 * that a run which is not over has made.
 */
export async function archiveDelegations(
  db: Database,
  commits: GroupCommit,
  { endedBefore }: ArchiveOptions,
): Promise<number> {
  const before = momentOf(endedBefore);
  const page = db.prepare<[string, number], { ordinal: number; ended: number }>(`
    SELECT ordinal, status <> 'in_force' AND ended_at < ? AS ended FROM eatp_delegations
    WHERE ordinal < ? ORDER BY ordinal DESC LIMIT ${PAGE}`);
  const copy = db.prepare(`
    INSERT INTO eatp_archived_delegations SELECT * FROM eatp_delegations AS entry
    WHERE ordinal = ?
      AND NOT EXISTS (SELECT 1 FROM eatp_delegations WHERE parent_delegation_id = entry.delegation_id)
      AND NOT EXISTS (SELECT 1 FROM eatp_delegations WHERE run_id = entry.run_id AND +status = 'in_force')`);
  const remove = db.prepare('DELETE FROM eatp_delegations WHERE ordinal = ?');
  let moved = 0;
  for (let from = Number.MAX_SAFE_INTEGER; ; ) {
    const rows = page.all(before, from);
    const last = rows.at(-1);
    if (!last) return moved;
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
    moved += movedHere;
  }
}

function momentOf(endedBefore: unknown): string {
  if (endedBefore instanceof Date && !Number.isNaN(endedBefore.getTime()))
    return formatTimestamp(endedBefore);
  throw new InvalidArgumentError('`endedBefore` is not a moment', {
    expected: 'a Date',
    received: describe(endedBefore),
    remedy: 'Pass the moment before which what ended may be archived.',
  });
}
