import pg, { type Client, type Pool } from 'pg';
import type { Settings } from '../options.js';

/** How long the driver waits beyond what the server allows a statement; after that the connection counts as dead. */
const GRACE = 2_000;

/**
 * The first statement of every connection. Names without a schema mean PostgreSQL's own, whatever is in the search path of
 * the role or the database.
 */
const FIXED_PATH = "SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false)";

/** Acknowledged commits survive a crash of the server, even where its default is asynchronous commits. */
const READY_TO_WRITE = `${FIXED_PATH},
  pg_catalog.set_config('default_transaction_isolation', 'read committed', false),
  CASE WHEN pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off'
    THEN pg_catalog.set_config('synchronous_commit', 'on', false) END`;

/** The purpose of a connection; the server shows it behind the application's name. */
export type Purpose = 'read' | 'write' | 'watch' | 'upkeep';

function config(settings: Settings, purpose: Purpose) {
  return {
    connectionString: settings.connectionString,
    application_name: `${settings.applicationName}:${purpose}`,
    connectionTimeoutMillis: settings.connectionTimeout,
    statement_timeout: settings.statementTimeout,
    lock_timeout: settings.lockTimeout,
    query_timeout: settings.statementTimeout + GRACE,
    keepAlive: true,
    ...(settings.ssl !== undefined && { ssl: settings.ssl }),
  };
}

/** The connections that read. Idle ones do not keep a process alive. */
export function makePool(settings: Settings): Pool {
  const pool = new pg.Pool({
    ...config(settings, 'read'),
    max: settings.poolMax,
    idleTimeoutMillis: settings.idleTimeout,
    allowExitOnIdle: true,
    // Waited for before the connection is used, and before it is given out.
    onConnect: (client) => client.query(FIXED_PATH),
  });
  // The pool drops an idle connection that breaks; the next call fails if the pool cannot make another.
  pool.on('error', () => undefined);
  return pool;
}

/**
 * A connection for one purpose, made ready for writing: at `read committed`, since a statement that has waited for a
 * lock must see what its holder wrote.
 *
 * @throws what the driver throws; nothing is left open then.
 */
export async function connect(
  settings: Settings,
  purpose: Purpose,
  onEnd: (client: Client) => void = () => undefined,
): Promise<Client> {
  const client = new pg.Client(config(settings, purpose));
  client.on('error', () => undefined);
  client.once('end', () => onEnd(client));
  try {
    await client.connect();
    await client.query(READY_TO_WRITE);
  } catch (error) {
    destroy(client);
    throw error;
  }
  return client;
}

/** Ends a connection that may be broken, without waiting for the server. */
export function destroy(client: Client): void {
  // The driver's own end() waits for a statement under way, which on a dead connection may be for ever.
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

/** Whether the connection keeps the process alive. */
export function hold(client: Client, isHeld: boolean): void {
  const { stream } = (client as unknown as { connection: { stream: { ref?(): void; unref?(): void } } })
    .connection;
  if (isHeld) stream.ref?.();
  else stream.unref?.();
}
