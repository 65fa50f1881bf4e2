import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import BetterSqlite, { type Database } from 'better-sqlite3';
import { isBusy } from '../failures.js';

/** The names that processes announce. Another text in the table of intents names no file. */
const NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const fileOf = (path: string, owner: string): string => `${path}-owner-${owner}`;

/**
 * Shows that this process lives: by a lock of the operating system on a file beside the database. The system ends the lock with the
 * process, however it ends, and keeps it while the process is only stopped. Files of ended processes are removed.
 *
 * @returns the function that ends it.
 */
export function showOwner(path: string, owner: string): () => Promise<void> {
  removeLeftOvers(path);
  const file = fileOf(path, owner);
  for (;;) {
    const lock = lockFile(file);
    if (lock && isInPlace(lock.inode, file)) {
      return async () => {
        if (!lock.db.open) return;
        rmSync(file, { force: true });
        lock.db.close();
      };
    }
    // Another process took the new file for one that was left over, before it was locked.
    lock?.db.close();
  }
}

/** Whether the process of an owner has ended, or never was. */
export function isGone(path: string, owner: string): boolean {
  if (!NAME.test(owner)) return true;
  const file = fileOf(path, owner);
  if (!statSync(file, { throwIfNoEntry: false })) return true;
  const lock = lockFile(file);
  if (!lock) return false;
  rmSync(file, { force: true });
  lock.db.close();
  return true;
}

function removeLeftOvers(path: string): void {
  const prefix = `${basename(path)}-owner-`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix)) isGone(path, name.slice(prefix.length));
  }
}

/** @returns undefined if a process holds the lock. */
function lockFile(file: string): { readonly db: Database; readonly inode: bigint | undefined } | undefined {
  const db = new BetterSqlite(file, { timeout: 0 });
  try {
    const inode = inodeOf(file);
    // Without a journal file, so that nothing is left to be rolled back after a kill.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    return { db, inode };
  } catch (error) {
    db.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

const inodeOf = (file: string): bigint | undefined =>
  statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;

const isInPlace = (inode: bigint | undefined, file: string): boolean =>
  inode !== undefined && inodeOf(file) === inode;
