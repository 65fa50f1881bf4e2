import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expectOptions, InvalidArgumentError, type StoreError } from '@kaizen-eatp/core/errors';

export interface SqliteTrustStoreOptions {
  /** The database file; made, with its folder, if it does not exist. Default: `~/.eatp/trust.db`, the reference's. */
  readonly path?: string;
  /** Whether a missing file is created. Default: true. */
  readonly create?: boolean;
  /** Milliseconds to wait for what another process holds. Default: 5,000. */
  readonly lockTimeout?: number;
  /**
   * Milliseconds between looks for changes by others while there are watchers. Revocations by other processes arrive
   * within this time and that of one look. Default: 50, for the bound of 100.
   */
  readonly pollInterval?: number;
  /**
   * `full` syncs every commit to the disk before it is acknowledged, so that it survives a power cut. `normal` does
   * not: a power cut may lose the last commits, a crash of the process none. Default: `full`.
   */
  readonly synchronous?: 'full' | 'normal';
  /** The size in bytes beyond which the file does not grow; writes that would need more fail. Default: no limit. */
  readonly maximumSize?: number;
  /** Called, once a streak, when changes by others cannot be looked for. Default: a warning of the process. */
  readonly onWatchFailure?: (error: StoreError) => void;
}

const NAMES: readonly (keyof SqliteTrustStoreOptions)[] = [
  'path',
  'create',
  'lockTimeout',
  'pollInterval',
  'synchronous',
  'maximumSize',
  'onWatchFailure',
];

export type Settings = Required<Omit<SqliteTrustStoreOptions, 'maximumSize'>> &
  Pick<SqliteTrustStoreOptions, 'maximumSize'>;

/** @throws InvalidArgumentError for an option that is not of its form. */
export function settingsOf(options: SqliteTrustStoreOptions): Settings {
  expectOptions(options, 'a SQLite trust store', NAMES);
  const { maximumSize } = options;
  return {
    path: checkPath(options.path ?? join(homedir(), '.eatp', 'trust.db')),
    create: checkFlag('create', options.create, true),
    lockTimeout: checkMilliseconds('lockTimeout', options.lockTimeout ?? 5_000, 0),
    pollInterval: checkMilliseconds('pollInterval', options.pollInterval ?? 50, 1),
    synchronous: checkSynchronous(options.synchronous ?? 'full'),
    ...(maximumSize !== undefined && {
      maximumSize: checkNumber('maximumSize', maximumSize, 4_096, Number.MAX_SAFE_INTEGER, 'bytes'),
    }),
    onWatchFailure: options.onWatchFailure ?? ((error) => process.emitWarning(error)),
  };
}

function checkPath(path: unknown): string {
  // SQLite takes an empty name and ':memory:' for stores that vanish; the driver trims what it is given.
  const isFile = typeof path === 'string' && path !== '' && path === path.trim() && !path.includes('\0');
  if (isFile && path !== ':memory:') return resolve(path);
  throw new InvalidArgumentError('A SQLite trust store needs a file', {
    expected: 'the path of a file, without white space at its ends',
    received: describe(path),
    remedy: 'Name a file, or use MemoryTrustStore for records that need not outlive the process.',
  });
}

function checkFlag(name: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value === 'boolean') return value;
  throw new InvalidArgumentError(`\`${name}\` is invalid`, {
    expected: 'true or false',
    received: describe(value),
    remedy: 'Omit it to use the default.',
  });
}

const checkMilliseconds = (name: string, value: unknown, least: number): number =>
  checkNumber(name, value, least, 2 ** 31 - 1, 'milliseconds');

function checkNumber(name: string, value: unknown, least: number, most: number, unit: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number;
  throw new InvalidArgumentError(`\`${name}\` is invalid`, {
    expected: `a whole number of ${unit}, at least ${least}`,
    received: describe(value),
    remedy: 'Omit it to use the default.',
  });
}

function checkSynchronous(value: unknown): 'full' | 'normal' {
  if (value === 'full' || value === 'normal') return value;
  throw new InvalidArgumentError('`synchronous` is invalid', {
    expected: "'full' or 'normal'",
    received: describe(value),
    remedy: 'Omit it to use `full`.',
  });
}
