import { closeSync, lstatSync, openSync } from 'node:fs';
import { StoreError } from '@kaizen-eatp/core/errors';
import BetterSqlite, { type Database } from 'better-sqlite3';
import { isBusy } from '../failures.js';

/**
 * Takes a lock of the operating system on an empty file next to the database. The system ends the lock with the process,
 * however it ends, and keeps it while the process is only stopped.
 *
 * @returns the connection that has the lock until it is closed; undefined if another one has it, or has
 * just removed the file.
 * @throws StoreError if something else is in the place of the file; the driver's error if the file cannot be opened.
 */
export function lockFile(file: string, { mustExist = false } = {}): Database | undefined {
  const found = stateOf(file);
  if (found && !found.isLock) throw notALock(file);
  if (!found && !mustExist) makeForOwner(file);
  let db: Database | undefined;
  try {
    db = new BetterSqlite(file, { timeout: 0, fileMustExist: true });
    // Without a journal file, so that nothing is left to be rolled back after a kill.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db?.close();
    // Until it is locked, another process can take a new file for one that was left over.
    const isRemoved = !mustExist && stateOf(file) === undefined;
    if (isBusy(error) || isRemoved) return undefined;
    throw error;
  }
}

/**
 * A user who can read a file can stop others from locking it, so this user alone can from the beginning. Closing the file
 * drops no lock of this process: nothing else can have opened it.
 */
function makeForOwner(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** The state of the place of a lock file; undefined if nothing is there. A link is not followed. */
export function stateOf(file: string): { readonly isLock: boolean; readonly inode: bigint } | undefined {
  const info = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return info && { isLock: info.isFile() && info.size === 0n, inode: info.ino };
}

const notALock = (file: string): StoreError =>
  new StoreError('STORE_FAILED', 'Something else is where the trust store keeps a lock', {
    expected: 'an empty file, or none',
    received: `a link, a folder or a file with content at ${file}`,
    remedy: 'Nothing was written by this call. Remove it: it is not from this library.',
    evidence: { path: file, reason: 'NOT_A_LOCK', retryable: false, outcome: 'nothing_written' },
  });
