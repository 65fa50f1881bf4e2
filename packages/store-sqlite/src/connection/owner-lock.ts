import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, InvalidArgumentError, StoreError } from '@kaizen-eatp/core/errors';
import { lockFile, stateOf } from './lock-file.js';

/** The names that processes announce. Another text in the table of intents names no file. */
const NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** How long to wait before the next attempt while another process looks at a new file, in milliseconds. */
const PAUSE = 5;

const fileOf = (path: string, owner: string): string => `${path}-owner-${owner}`;

/**
 * Shows that this process lives: by a lock on a file next to the database. Files of ended processes are removed.
 *
 * @returns the function that ends it.
 * @throws InvalidArgumentError for another name than a UUID; StoreError if the lock cannot be had within `timeout` milliseconds.
 */
export async function showOwner(path: string, owner: string, timeout: number): Promise<() => Promise<void>> {
  if (!NAME.test(owner)) throw notAName(owner);
  removeLeftOvers(path);
  const file = fileOf(path, owner);
  const deadline = performance.now() + timeout;
  for (;;) {
    const before = stateOf(file)?.inode;
    const lock = lockFile(file);
    const after = stateOf(file)?.inode;
    // A file that was there before can have been replaced meanwhile. A new one is only ever made here.
    if (lock && after !== undefined && (before ?? after) === after) {
      return async () => {
        if (!lock.open) return;
        rmSync(file, { force: true });
        lock.close();
      };
    }
    // Another process took the new file for one that was left over, before it was locked.
    lock?.close();
    if (performance.now() >= deadline) throw isHeld(file);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/**
 * Whether the process of an owner has ended, or never was. False if that cannot be found out: then the file is a link, is not
 * empty, or cannot be opened.
 */
export function isGone(path: string, owner: string): boolean {
  if (!NAME.test(owner)) return true;
  const file = fileOf(path, owner);
  const found = stateOf(file);
  if (!found) return true;
  try {
    const lock = lockFile(file, { mustExist: true });
    if (!lock) return false;
    try {
      const now = stateOf(file);
      // Another process removed the file, and its owner has made it again.
      if (now && now.inode !== found.inode) return false;
      rmSync(file, { force: true });
      return true;
    } finally {
      lock.close();
    }
  } catch {
    return stateOf(file) === undefined;
  }
}

/** Removes what it can. A file that it cannot remove stops no process. */
function removeLeftOvers(path: string): void {
  const prefix = `${basename(path)}-owner-`;
  try {
    for (const name of readdirSync(dirname(path))) {
      if (name.startsWith(prefix)) isGone(path, name.slice(prefix.length));
    }
  } catch {
    // A folder that this user cannot list.
  }
}

const notAName = (owner: unknown): InvalidArgumentError =>
  new InvalidArgumentError('The name of an owner is invalid', {
    expected: 'a UUID in lower case',
    received: describe(owner),
    remedy: 'Use crypto.randomUUID().',
  });

const isHeld = (file: string): StoreError =>
  new StoreError('STORE_FAILED', 'The owner is announced already', {
    expected: `a lock that is free: ${file}`,
    received: 'one that is held',
    remedy: 'Announce each owner once. If another process holds the lock (see `fuser` or `lsof`), end it.',
    evidence: { path: file, reason: 'HELD', retryable: true, outcome: 'nothing_written' },
  });
