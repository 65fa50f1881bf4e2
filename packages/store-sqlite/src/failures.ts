import { EatpError } from '@kaizen-eatp/core';
import { StoreError } from '@kaizen-eatp/core/errors';

interface Failure {
  readonly summary: string;
  readonly remedy: string;
}

/** By the beginning of SQLite's code, or the operating system's. */
const FAILURES: readonly (readonly [codes: readonly string[], Failure])[] = [
  [
    ['SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_PROTOCOL'],
    {
      summary: 'The trust store is locked by another process',
      remedy:
        'The lock may be free by now. If the store stays locked, end the process that keeps a transaction open (see `fuser` or `lsof`), or raise `lockTimeout`.',
    },
  ],
  [
    ['SQLITE_FULL', 'ENOSPC', 'EDQUOT'],
    {
      summary: 'There is no space left for the trust store',
      remedy: 'Free space on its disk, or raise `maximumSize`.',
    },
  ],
  [
    ['SQLITE_READONLY', 'SQLITE_PERM', 'SQLITE_AUTH', 'EACCES', 'EPERM', 'EROFS'],
    {
      summary: 'The trust store cannot be written',
      remedy: 'Give this user the right to write the file and its folder, and mount the disk for writing.',
    },
  ],
  [
    ['SQLITE_CANTOPEN', 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EEXIST'],
    {
      summary: 'The trust store cannot be opened',
      remedy:
        'Check that the path names a file, not a folder, and that this user can read and write its folder.',
    },
  ],
  [
    ['SQLITE_NOTADB'],
    {
      summary: 'The file is not a SQLite database',
      remedy: 'Check the path. If it is the right one the file was overwritten: restore it from a copy.',
    },
  ],
  [
    ['SQLITE_CORRUPT', 'SQLITE_FORMAT'],
    {
      summary: 'The trust store is damaged',
      remedy: 'Stop writing to it, keep the file and its -wal file, and restore a copy or import an export.',
    },
  ],
  [
    ['SQLITE_IOERR', 'EIO', 'EFBIG'],
    {
      summary: 'The disk of the trust store failed',
      remedy: 'See the log of the system for the disk, its quota and its limits on file size.',
    },
  ],
];

const OTHER: Failure = {
  summary: 'The trust store failed',
  remedy: 'See `cause`. If the file was not made by this library or by Python Kaizen, use another path.',
};

/** Whether another connection holds the file, so that the same call can succeed later. */
export const isBusy = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_BUSY');

/** Whether a failed call can have written anything. */
export type Outcome = 'nothing_written' | 'unknown';

/** Marks the error of a COMMIT during which the disk failed. Only the next opening shows whether it is stored. */
export class UncertainCommit {
  constructor(readonly cause: unknown) {}

  /** Whether it is unknown what became of a transaction whose COMMIT threw this. */
  static isOne(error: unknown): boolean {
    return codeOf(error).startsWith('SQLITE_IOERR');
  }
}

/** Turns an error of the driver or the file system into a coded error, and returns a coded error as it is. */
export function storeFailure(thrown: unknown, path: string): EatpError {
  const isUncertain = thrown instanceof UncertainCommit;
  const error = isUncertain ? thrown.cause : thrown;
  if (error instanceof EatpError) return error;
  const code = codeOf(error);
  const [, failure] = FAILURES.find(([codes]) => codes.some((each) => code.startsWith(each))) ?? [[], OTHER];
  const message = error instanceof Error ? error.message : String(error);
  const outcome: Outcome = isUncertain ? 'unknown' : 'nothing_written';
  return new StoreError(
    'STORE_FAILED',
    isUncertain ? `${failure.summary} during a commit` : failure.summary,
    {
      received: code ? `${code} (${message})` : message,
      remedy: isUncertain
        ? 'The writes may have been applied. Check the disk and its log, open the store again, and read the trail or the record before the call is repeated.'
        : `Nothing was written by this call. ${failure.remedy}`,
      evidence: { path, reason: code || 'UNKNOWN', retryable: isBusy(error), outcome },
      cause: error,
    },
  );
}

/** For a call on a store that was closed. */
export const closedError = (path: string): StoreError =>
  new StoreError('STORE_FAILED', 'The trust store is closed', {
    remedy: 'Open the store again with SqliteTrustStore.open().',
    evidence: { path, reason: 'CLOSED', retryable: false, outcome: 'nothing_written' },
  });

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
