import BetterSqlite from 'better-sqlite3';
import { isBusy } from '../failures.js';

/**
 * Takes the right to execute the durable runs of a file: a lock of the operating system on a second file in the same folder. The
 * system gives it to another process as soon as the holder dies, and never while the holder is only stopped.
 *
 * @returns the function that gives it back; undefined if another process has it.
 */
export function lockRuns(path: string): (() => Promise<void>) | undefined {
  const db = new BetterSqlite(`${path}-runs-lock`, { timeout: 0 });
  try {
    // Without a journal file, so that nothing is left to be rolled back after a kill.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return async () => {
    if (db.open) db.close();
  };
}
