import { InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

/** Options of {@link PostgresEngine}. */
export interface PostgresEngineOptions {
  /** `postgres://user:password@host:port/database`: the database of the trust store. */
  readonly connectionString: string;
  /** The schema of pg-boss; made if it is missing. Default: `eatp_runs`. */
  readonly schema?: string;
  /** The name of the queue. Default: `runs`. */
  readonly queue?: string;
  /**
   * How long a worker can be silent before another one takes its runs over, in seconds, from 10. Default: 10. The take-over
   * itself adds up to {@link superviseSeconds}.
   */
  readonly heartbeatSeconds?: number;
  /** How often silent workers are looked for, in seconds. Default: 2. */
  readonly superviseSeconds?: number;
  /** How often a run is executed again after the deaths of its workers, before it goes to the queue of the dead. Default: 100. */
  readonly retryLimit?: number;
  /**
   * Whether workers learn of new runs by `LISTEN/NOTIFY`. Behind a connection pooler in transaction mode it must be
   * false. Default: true.
   */
  readonly push?: boolean;
  /** Called for each error of the queue. Default: a warning of the process. */
  readonly onError?: (error: Error) => unknown;
}

/** {@link PostgresEngineOptions}, complete. */
export type Settings = Required<PostgresEngineOptions>;

const name = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,47}$/, 'a letter or underscore, then letters, digits and underscores');
const options = z.strictObject({
  connectionString: z.string().min(1),
  schema: name.optional(),
  queue: name.optional(),
  heartbeatSeconds: z.int().min(10).optional(),
  superviseSeconds: z.int().min(1).optional(),
  retryLimit: z.int().min(1).optional(),
  push: z.boolean().optional(),
  onError: z
    .custom<(error: Error) => unknown>((value) => typeof value === 'function', 'a function')
    .optional(),
});

/** @throws InvalidArgumentError. */
export function settingsOf(given: PostgresEngineOptions): Settings {
  const parsed = parseOptions(options, given, 'a PostgreSQL engine');
  if (parsed.schema === 'pg_catalog')
    throw new InvalidArgumentError('`schema` must not be a schema of PostgreSQL itself', {
      received: 'pg_catalog',
      remedy: "Use a name such as 'eatp_runs'.",
    });
  return {
    connectionString: parsed.connectionString,
    schema: parsed.schema ?? 'eatp_runs',
    queue: parsed.queue ?? 'runs',
    heartbeatSeconds: parsed.heartbeatSeconds ?? 10,
    superviseSeconds: parsed.superviseSeconds ?? 2,
    retryLimit: parsed.retryLimit ?? 100,
    push: parsed.push ?? true,
    onError:
      parsed.onError ??
      ((error) => process.emitWarning(`The queue of durable runs reports: ${error.message}`)),
  };
}
