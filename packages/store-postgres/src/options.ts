import type { ConnectionOptions } from 'node:tls';
import { describe, expectOptions, InvalidArgumentError, type StoreError } from '@kaizen-eatp/core/errors';
import { checkSchemaName } from './schema/schema-name.js';

export interface PostgresTrustStoreOptions {
  /** `postgres://user:password@host:port/database`, with whatever parameters the `pg` package knows. */
  readonly connectionString: string;
  /** Where the tables are; made if it is missing. One database may hold several. Default: `eatp`. */
  readonly schema?: string;
  /** Whether a missing schema is created. Default: true. */
  readonly create?: boolean;
  /** The pool of connections that read. Writing and watching have one separate connection each. */
  readonly pool?: {
    /** Default: 10. */
    readonly max?: number;
    /** Milliseconds to wait for a free or a new connection. Default: 5,000. */
    readonly connectionTimeout?: number;
    /** Milliseconds after which an idle connection is closed. Default: 10,000. */
    readonly idleTimeout?: number;
  };
  /** Milliseconds that one statement may take. Default: 10,000. */
  readonly statementTimeout?: number;
  /** Milliseconds to wait for what another process holds. Default: 5,000. */
  readonly lockTimeout?: number;
  /**
   * Milliseconds without a sign of life after which others take this process for ended, from 1,000 to 300,000. It gives
   * one five times in this time. Default: 15,000.
   */
  readonly ownerTimeout?: number;
  /** TLS, as Node's `tls.connect` takes it; true checks the server's certificate. Default: what `connectionString` says. */
  readonly ssl?: boolean | ConnectionOptions;
  /** Milliseconds between looks for changes while there are watchers; the bound when a push is lost. Default: 100. */
  readonly pollInterval?: number;
  /** Whether changes are pushed by `LISTEN/NOTIFY`. Without, the poll alone finds them. Default: true. */
  readonly push?: boolean;
  /**
   * The name of these connections in pg_stat_activity; each adds its purpose, such as `:write`.
   * Default: `kaizen-eatp`.
   */
  readonly applicationName?: string;
  /** Called, once a streak, when changes by others cannot be looked for. Default: a warning of the process. */
  readonly onWatchFailure?: (error: StoreError) => void;
}

/** {@link PostgresTrustStoreOptions}, checked and complete. */
export interface Settings {
  readonly connectionString: string;
  readonly schema: string;
  readonly create: boolean;
  readonly poolMax: number;
  readonly connectionTimeout: number;
  readonly idleTimeout: number;
  readonly statementTimeout: number;
  readonly lockTimeout: number;
  readonly ownerTimeout: number;
  readonly ssl: boolean | ConnectionOptions | undefined;
  readonly pollInterval: number;
  readonly push: boolean;
  readonly applicationName: string;
  readonly onWatchFailure: (error: StoreError) => void;
}

const NAMES: readonly (keyof PostgresTrustStoreOptions)[] = [
  'connectionString',
  'schema',
  'create',
  'pool',
  'statementTimeout',
  'lockTimeout',
  'ownerTimeout',
  'ssl',
  'pollInterval',
  'push',
  'applicationName',
  'onWatchFailure',
];

/** @throws InvalidArgumentError. Its text never holds the connection string, which may contain a password. */
export function checkOptions(options: PostgresTrustStoreOptions): Settings {
  const { connectionString, pool = {}, ssl } = options ?? {};
  if (typeof connectionString !== 'string' || !/^postgres(ql)?:\/\//.test(connectionString)) {
    throw new InvalidArgumentError('A PostgreSQL trust store needs `connectionString`', {
      expected: 'postgres://user:password@host:port/database',
      received: typeof connectionString === 'string' ? 'another text' : describe(connectionString),
      remedy: 'Pass it, for instance from the environment variable DATABASE_URL.',
    });
  }
  if (ssl !== undefined && /[?&]ssl/.test(connectionString)) {
    throw new InvalidArgumentError('TLS is configured twice', {
      expected: '`ssl`, or sslmode and similar parameters in `connectionString`',
      received: 'both',
      remedy: 'Omit one of them: the driver would silently prefer the connection string.',
    });
  }
  expectOptions(options, 'a PostgreSQL trust store', NAMES);
  expectOptions(pool, 'the pool of a PostgreSQL trust store', ['max', 'connectionTimeout', 'idleTimeout']);
  return {
    connectionString,
    schema: checkSchemaName(options.schema ?? 'eatp'),
    create: flag('create', options.create, true),
    poolMax: positive('pool.max', pool.max, 10),
    connectionTimeout: positive('pool.connectionTimeout', pool.connectionTimeout, 5_000),
    idleTimeout: positive('pool.idleTimeout', pool.idleTimeout, 10_000),
    statementTimeout: positive('statementTimeout', options.statementTimeout, 10_000),
    lockTimeout: positive('lockTimeout', options.lockTimeout, 5_000),
    ownerTimeout: positive('ownerTimeout', options.ownerTimeout, 15_000, OWNER_TIMEOUTS),
    ssl,
    pollInterval: positive('pollInterval', options.pollInterval, 100),
    push: flag('push', options.push, true),
    applicationName: options.applicationName ?? 'kaizen-eatp',
    onWatchFailure: options.onWatchFailure ?? ((error) => process.emitWarning(error)),
  };
}

function flag(name: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value === 'boolean') return value;
  throw new InvalidArgumentError(`\`${name}\` is invalid`, {
    expected: 'true or false',
    received: describe(value),
    remedy: 'Omit it to use the default.',
  });
}

/** A shorter one would be over at every pause of the event loop; others that recover wait for as long as it is. */
const OWNER_TIMEOUTS = { least: 1_000, most: 300_000 };

function positive(
  name: string,
  value: number | undefined,
  otherwise: number,
  { least, most } = { least: 1, most: 2 ** 31 - 1 },
): number {
  if (value === undefined) return otherwise;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`\`${name}\` is not valid`, {
    expected: `a whole number from ${least} to ${most}`,
    received: describe(value),
    remedy: `Omit it to use ${otherwise}.`,
  });
}
