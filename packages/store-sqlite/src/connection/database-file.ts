import { chmodSync, closeSync, existsSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError } from '@kaizen-eatp/core/errors';
import BetterSqlite, { type Database } from 'better-sqlite3';
import { isBusy, storeFailure } from '../failures.js';
import type { Settings } from '../options.js';
import { migrate } from '../schema/migrate.js';

/** An open database, and the file that it was opened from. */
export class DatabaseFile {
  private constructor(
    readonly db: Database,
    readonly path: string,
    /** Without links: the same for all who use the file, whatever path they were given. Lock files are named after it. */
    readonly realPath: string,
    private readonly inode: bigint,
  ) {}

  /** @throws StoreError `STORE_FAILED`, for whatever keeps the file from being used; `STORE_NOT_FOUND`. */
  static open(settings: Settings): DatabaseFile {
    const { path } = settings;
    expectNode(path);
    if (!settings.create && !existsSync(path)) throw notFound(path);
    let db: Database | undefined;
    try {
      makeFile(path);
      db = new BetterSqlite(path, { timeout: settings.lockTimeout });
      prepare(db, settings);
      return new DatabaseFile(db, path, realpathSync(path), statSync(path, { bigint: true }).ino);
    } catch (error) {
      db?.close();
      throw storeFailure(error, path);
    }
  }

  /** A second connection, which sees one moment of the store for as long as its transaction lasts. */
  another(options: { readonly: boolean }): Database {
    const db = new BetterSqlite(this.path, { ...options, timeout: 0, fileMustExist: true });
    db.pragma('synchronous = FULL');
    return db;
  }

  /** A file that was removed takes writes without an error, and no process could read them later. */
  expectInPlace(): void {
    if (statSync(this.path, { bigint: true, throwIfNoEntry: false })?.ino === this.inode) return;
    throw new StoreError('STORE_FAILED', 'The file of the trust store was moved or removed', {
      received: `no longer the same file at ${this.path}`,
      remedy:
        'Nothing was written by this call. Put the file back, with its -wal file, and open the store again.',
      evidence: { path: this.path, reason: 'MOVED', retryable: false, outcome: 'nothing_written' },
    });
  }
}

const notFound = (path: string): StoreError =>
  new StoreError('STORE_NOT_FOUND', 'There is no trust store', {
    expected: 'a file that a trust store was opened with before',
    received: `no file at ${path}`,
    remedy: 'Correct `path`, or omit `create: false` to make it.',
    evidence: { path, retryable: false, outcome: 'nothing_written' },
  });

/** On an older Node.js the driver's binary does not fail, it brings the process down. */
function expectNode(path: string): void {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= 22) return;
  throw new StoreError('STORE_FAILED', 'The trust store does not work with this Node.js', {
    expected: 'version 22.12 or newer',
    received: `version ${node}`,
    remedy: 'Run a newer Node.js, or use another store.',
    evidence: { path, reason: 'NODE_VERSION', retryable: false, outcome: 'nothing_written' },
  });
}

/**
 * Makes the file for this user only. One that exists is not opened here: closing it again would drop the locks that
 * another connection of this process holds on it.
 */
function makeFile(path: string): void {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    createForOwner(path);
  } else if (info.isFile() && (info.mode & 0o077) !== 0) {
    keepFromOthers(path, info.mode & 0o700);
  }
}

function createForOwner(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function keepFromOthers(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch {
    // Somebody else's file, or a system without modes; the reference goes on as well.
  }
}

function prepare(db: Database, { path, lockTimeout, synchronous, maximumSize }: Settings): void {
  const deadline = Date.now() + lockTimeout;
  for (;;) {
    try {
      const mode = db.pragma('journal_mode = WAL', { simple: true });
      if (mode !== 'wal') throw noWal(path, String(mode));
      db.pragma(synchronous === 'full' ? 'synchronous = FULL' : 'synchronous = NORMAL');
      // Copied into the database four times less often than by default, since that costs syncs too: 16 MB.
      db.pragma('wal_autocheckpoint = 4000');
      if (maximumSize !== undefined) limitSize(db, maximumSize);
      migrate(db, path);
      break;
    } catch (error) {
      // Processes that start together get in each other's way without SQLite waiting by itself.
      if (!isBusy(error) || Date.now() >= deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  // From here on waiting is done without blocking the process.
  db.pragma('busy_timeout = 0');
}

function limitSize(db: Database, maximumSize: number): void {
  const pageSize = db.pragma('page_size', { simple: true }) as number;
  db.pragma(`max_page_count = ${Math.max(1, Math.floor(maximumSize / pageSize))}`);
}

const noWal = (path: string, mode: string): StoreError =>
  new StoreError('STORE_FAILED', 'The trust store cannot be shared safely from this place', {
    expected: 'a file system on which SQLite can keep a write-ahead log',
    received: `journal mode ${mode}`,
    remedy: 'Put the file on a local disk; a network file system does not work.',
    evidence: { path, reason: 'NO_WAL', retryable: false, outcome: 'nothing_written' },
  });
