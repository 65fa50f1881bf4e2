import { EatpError } from '@kaizen-eatp/core';
import { StoreError } from '@kaizen-eatp/core/errors';

interface Failure {
  readonly summary: string;
  readonly remedy: string;
  /** Whether the disk failed, so that it is open what a commit left on it. */
  readonly isOutcomeUnknown?: boolean;
}

/** By the beginning of SQLite's code, or the operating system's. */
const FAILURES: readonly (readonly [codes: readonly string[], Failure])[] = [
  [
    ['SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_PROTOCOL'],
    {
      summary: 'The trust store is locked by another process',
      remedy:
        'Stop the process that keeps a transaction open (see `fuser` or `lsof`), or raise `busyTimeout`.',
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
      summary: 'This process is not permitted to write the trust store',
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
      remedy: 'Correct the path. If it is right, the file was overwritten: restore it from a backup.',
    },
  ],
  [
    ['SQLITE_CORRUPT', 'SQLITE_FORMAT'],
    {
      summary: 'The trust store is damaged',
      remedy:
        'Stop writing to it, keep the file and its -wal file, and restore a backup or import an export.',
    },
  ],
  [
    ['SQLITE_IOERR', 'EIO', 'EFBIG'],
    {
      summary: 'The disk failed the trust store',
      remedy: 'See the log of the operating system for the disk, its quota and its limits on file size.',
      isOutcomeUnknown: true,
    },
  ],
];

const OTHER: Failure = {
  summary: 'The trust store failed',
  remedy: 'See `cause`. Use another path if the file was not created by this library or by Python Kaizen.',
};

/** Whether another process holds the file, so that the same call can succeed later. */
export const isBusy = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_BUSY');

/** Returns what the driver or the file system threw as a coded error, and a coded error as it is. */
export function storeFailure(error: unknown, path: string): EatpError {
  if (error instanceof EatpError) return error;
  const code = codeOf(error);
  const [, failure] = FAILURES.find(([codes]) => codes.some((each) => code.startsWith(each))) ?? [[], OTHER];
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError('STORE_FAILED', failure.summary, {
    received: code ? `${code} (${message})` : message,
    remedy: failure.isOutcomeUnknown
      ? `${failure.remedy} Read the records before you write them again: a failed commit can be stored all the same.`
      : `${failure.remedy} The store wrote nothing.`,
    evidence: {
      path,
      reason: code || 'UNKNOWN',
      retryable: isBusy(error),
      outcome: failure.isOutcomeUnknown ? 'unknown' : 'nothing_written',
    },
    cause: error,
  });
}

export const closedError = (path: string): StoreError =>
  new StoreError('STORE_FAILED', 'The trust store is closed', {
    remedy: 'Open another SqliteTrustStore for the file; a closed store stays closed.',
    evidence: { path, reason: 'CLOSED', retryable: false },
  });

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
