import { statSync } from 'node:fs';
import type { CompactReport } from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';
import type { DatabaseFile } from '../connection/database-file.js';
import { isBusy } from '../failures.js';

/** How long to wait before the next attempt while others use the file, in milliseconds. */
const PAUSE = 5;

/**
 * Rewrites the file without deleted data, and empties the write-ahead log, which holds older pages until then.
 * Waits for the readers and writers of other connections.
 */
export async function compact(file: DatabaseFile, lockTimeout: number): Promise<CompactReport> {
  file.expectInPlace();
  const bytesBefore = sizeOf(file.path);
  const db = file.another({ readonly: false });
  try {
    db.pragma('secure_delete = ON');
    const deadline = Date.now() + lockTimeout;
    await untilFree(deadline, () => db.exec('VACUUM'));
    await untilFree(deadline, () => emptyLog(db));
  } finally {
    db.close();
  }
  return { bytesBefore, bytesAfter: sizeOf(file.path) };
}

/** @throws an error of a busy file while others read older pages from the log. */
function emptyLog(db: Database): void {
  const [state] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
  if (state?.busy !== 0) throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
}

async function untilFree(deadline: number, work: () => void): Promise<void> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || Date.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** The size of the file with its write-ahead log. */
const sizeOf = (path: string): number =>
  [path, `${path}-wal`].reduce(
    (sum, each) => sum + (statSync(each, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
