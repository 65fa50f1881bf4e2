import type { RunEngine } from '@kaizen-eatp/core/durable';
import { CliError } from '../errors.js';
import type { Session } from '../session/session.js';
import { type TemporalSpec, temporalSpecOf } from './engine-spec.js';

/**
 * Opens the engine by which several workers share the runs of a store: the named one, or else that of a PostgreSQL store, whose
 * queue is in the database of the store, in a schema that is named after the store's.
 *
 * @param named - `--engine`.
 * @returns undefined for a store that one worker holds.
 * @throws CliError `COMMAND_USAGE`, `FILE_NOT_FOUND`; StoreError `STORE_FAILED`.
 */
export async function engineOf(session: Session, named: string | undefined): Promise<RunEngine | undefined> {
  if (named !== undefined) return openTemporal(session, temporalSpecOf(named));
  const { spec } = session;
  if (spec.kind !== 'postgres') return undefined;
  const { PostgresEngine } = await import('@kaizen-eatp/engine-postgres');
  const engine = await PostgresEngine.open({
    connectionString: spec.url,
    schema: `${spec.schema}_runs`,
    onError: reporting(session),
  });
  session.atEnd(() => engine.close());
  return engine;
}

async function openTemporal(session: Session, spec: TemporalSpec): Promise<RunEngine> {
  const { TemporalEngine } = await import('@kaizen-eatp/engine-temporal').catch((cause) => {
    throw new CliError('FILE_NOT_FOUND', 'The engine for Temporal is not installed', {
      expected: 'the package @kaizen-eatp/engine-temporal next to @kaizen-eatp/cli',
      remedy: 'Install it: npm install @kaizen-eatp/engine-temporal',
      cause,
    });
  });
  const engine = await TemporalEngine.open({ ...spec, onError: reporting(session) });
  session.atEnd(() => engine.close());
  return engine;
}

const reporting = (session: Session) => (error: Error) =>
  session.out.note(`The queue of runs reports: ${error.message}`);
