import type { RunEngine } from '@kaizen-eatp/core/durable';
import type { Session } from '../session/session.js';

/**
 * Opens the engine by which several workers share the runs of a PostgreSQL store; undefined for a store that one worker
 * holds. Its queue is in the database of the store, in a schema that is named after the store's.
 *
 * @throws StoreError `STORE_FAILED`.
 */
export async function engineOf(session: Session): Promise<RunEngine | undefined> {
  const { spec } = session;
  if (spec.kind !== 'postgres') return undefined;
  const { PostgresEngine } = await import('@kaizen-eatp/engine-postgres');
  const engine = await PostgresEngine.open({
    connectionString: spec.url,
    schema: `${spec.schema}_runs`,
    onError: (error) => session.out.note(`The queue of runs reports: ${error.message}`),
  });
  session.atEnd(() => engine.close());
  return engine;
}
