import { EatpError } from '@kaizen-eatp/core';
import { StoreError } from '@kaizen-eatp/core/errors';
import { notIntentOwner, notRunOwner } from '@kaizen-eatp/core/store';
import { CONFLICT_STATE, FORK_STATE } from './schema/functions.js';
import { NOT_OWNER_STATE } from './schema/run-functions.js';

/** Whether a failed call can have written anything. */
export type Outcome = 'nothing_written' | 'unknown';

/** An error of the server or the driver. */
export interface Failure {
  readonly code?: string | undefined;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly severity?: string | undefined;
}

interface Advice {
  readonly summary: string;
  readonly remedy: string;
  /** Whether the same call can succeed later without any other change. */
  readonly retryable: boolean;
}

const UNREACHABLE: Advice = {
  summary: 'The PostgreSQL server cannot be reached',
  remedy: 'Check that it runs and accepts connections at the address in `connectionString`.',
  retryable: true,
};
const LOGIN: Advice = {
  summary: 'The PostgreSQL server refused the login',
  remedy: 'Correct the user and the password in `connectionString`, and what pg_hba.conf allows.',
  retryable: false,
};
const NOT_SECURE: Advice = {
  summary: 'The connection to the PostgreSQL server cannot be made secure',
  remedy:
    'Pass the certificate of the authority that signed the server certificate as `ssl: { ca }`, and connect by the name in the server certificate; or turn on TLS at the server.',
  retryable: false,
};
const LOST: Advice = {
  summary: 'The connection to the PostgreSQL server was lost',
  remedy: 'See the log of the server for why it ended the connection. The store connects again by itself.',
  retryable: true,
};
const BUSY: Advice = {
  summary: 'No connection to the PostgreSQL server became free in time',
  remedy: 'Raise `pool.max`, or `max_connections` of the server, or run fewer operations concurrently.',
  retryable: true,
};
const LOCKED: Advice = {
  summary: 'Timed out waiting for a lock held by another session',
  remedy:
    'The lock may be free by now. If this happens again, look in pg_locks for the session that holds it.',
  retryable: true,
};
const TOO_SLOW: Advice = {
  summary: 'The PostgreSQL server took longer than `statementTimeout`',
  remedy: 'Raise `statementTimeout` if the server is always this slow, or find out what slows it down.',
  retryable: true,
};
const FULL: Advice = {
  summary: 'The PostgreSQL server has no room left',
  remedy: 'Free disk space or memory on the server.',
  retryable: true,
};
const NO_SCHEMA: Advice = {
  summary: 'The tables of the trust store are missing',
  remedy:
    'Open the store with PostgresTrustStore.open(), which creates them. The schema may have been dropped.',
  retryable: false,
};
const NO_RIGHT: Advice = {
  summary: 'The database user lacks a privilege',
  remedy: 'Grant the user the schema and its tables, or CREATE on the database for the first opening.',
  retryable: false,
};
const READ_ONLY: Advice = {
  summary: 'The PostgreSQL server accepts no writes',
  remedy:
    'Connect to the primary; add target_session_attrs=read-write or another host to `connectionString`.',
  retryable: true,
};
const UNFIT: Advice = {
  summary: 'PostgreSQL cannot store a value',
  remedy: 'Shorten ids that are longer than 2,000 bytes; see `received` for what it refused.',
  retryable: false,
};
const OTHER: Advice = {
  summary: 'The trust store failed',
  remedy: 'See `cause`, and repair the server.',
  retryable: false,
};

const BY_STATE: Readonly<Record<string, Advice>> = {
  '28P01': LOGIN,
  '28000': LOGIN,
  '3D000': {
    ...LOGIN,
    summary: 'There is no such database',
    remedy: 'Create it, or correct `connectionString`.',
  },
  '53300': BUSY,
  '53100': FULL,
  '53200': FULL,
  '55P03': LOCKED,
  '40001': LOCKED,
  '40P01': LOCKED,
  '57014': TOO_SLOW,
  '57P01': LOST,
  '57P02': LOST,
  '57P03': { ...UNREACHABLE, summary: 'The PostgreSQL server is starting or stopping' },
  '25006': READ_ONLY,
  '42501': NO_RIGHT,
  '42P01': NO_SCHEMA,
  '42883': NO_SCHEMA,
  '3F000': NO_SCHEMA,
  '54000': UNFIT,
  ECONNREFUSED: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOENT: UNREACHABLE,
  ECONNRESET: LOST,
  EPIPE: LOST,
  ETIMEDOUT: LOST,
};

function adviceFor({ code, message }: Failure): Advice {
  const known = code === undefined ? undefined : BY_STATE[code];
  if (known) return known;
  if (message.includes('when trying to connect')) return BUSY;
  if (message === 'Query read timeout') return LOST;
  if (/^(Connection terminated|Client has encountered a connection error|Client was closed)/.test(message))
    return LOST;
  if (/server does not support SSL|certificate|altnames/i.test(message)) return NOT_SECURE;
  if (/timeout expired|socket disconnected/i.test(message)) return UNREACHABLE;
  if (/^SASL|password must be a string/i.test(message)) return LOGIN;
  if (code?.startsWith('08')) return LOST;
  if (code?.startsWith('22')) return UNFIT;
  return OTHER;
}

/** Whether the session is gone, so that it is unknown whether its commit was stored. */
export function isConnectionLoss(error: unknown): boolean {
  const failure = error as Failure;
  const advice = adviceFor(failure);
  return (
    advice === LOST || (advice === UNREACHABLE && failure.code !== '57P03') || failure.severity === 'FATAL'
  );
}

/** Whether the server undid the whole and would likely do it when asked again. */
export const isTransient = (error: unknown): boolean =>
  ['40001', '40P01'].includes((error as Failure)?.code ?? '');

/** Whether the connection was known to be gone before anything was sent. */
export const wasNotSent = (error: unknown): boolean =>
  /is not queryable/.test((error as Failure)?.message ?? '');

export const isLockTimeout = (error: unknown): boolean => (error as Failure)?.code === '55P03';

/**
 * Turns an error of PostgreSQL or its driver into a coded error. `evidence` says whether the same call can succeed
 * later, the server's state, and whether anything was written.
 */
export function toStoreError(error: unknown, outcome: Outcome = 'nothing_written'): EatpError {
  if (error instanceof EatpError) return error;
  const failure = (
    typeof error === 'object' && error !== null ? error : { message: String(error) }
  ) as Failure;
  const { code: sqlState, message, hint } = failure;
  if (sqlState === CONFLICT_STATE || sqlState === FORK_STATE) {
    const { expected, received, trailId } = JSON.parse(failure.detail ?? '{}');
    const isFork = sqlState === FORK_STATE;
    return new StoreError(isFork ? 'TRAIL_FORK' : 'STORE_CONFLICT', message, {
      ...(expected && { expected }),
      ...(received && { received }),
      remedy: isFork
        ? 'The trail of a run has one writer, and another writer added to it. Start a new run.'
        : (hint ?? 'Read it again and repeat the change.'),
      evidence: { ...(trailId && { trailId }), retryable: false, outcome: 'nothing_written' },
    });
  }
  if (sqlState === NOT_OWNER_STATE) {
    const { runId, owner } = JSON.parse(failure.detail ?? '{}');
    return owner === undefined ? notRunOwner(runId) : notIntentOwner(owner);
  }
  const { summary, remedy, retryable } = adviceFor(failure);
  const isUnknown = outcome === 'unknown';
  return new StoreError('STORE_FAILED', isUnknown ? `${summary} during a commit` : summary, {
    received: sqlState && !message.includes(sqlState) ? `${message} (${sqlState})` : message,
    remedy: isUnknown
      ? 'The writes may have been applied. Read the trail or the record before the call is repeated.'
      : remedy,
    evidence: { ...(sqlState && { sqlState }), retryable, outcome },
    cause: error,
  });
}

/** Calls, and turns whatever is thrown into a coded error. */
export async function coded<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toStoreError(error);
  }
}

export const closedError = (): StoreError =>
  new StoreError('STORE_FAILED', 'The trust store is closed', {
    remedy: 'Open the store again with PostgresTrustStore.open().',
    evidence: { retryable: false, outcome: 'nothing_written' },
  });
