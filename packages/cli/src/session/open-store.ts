import { StoreError } from '@kaizen-eatp/core/errors';
import type { StoreMaintenance, TrustStore } from '@kaizen-eatp/core/store';
import type { StoreSpec } from './store-spec.js';

/** A store with the operations for its operators. */
export type OpenStore = TrustStore & StoreMaintenance;

/**
 * Opens a store; only the package of its kind is imported.
 *
 * @param create - whether a missing file, or a missing schema, is created.
 * @throws StoreError, `STORE_NOT_FOUND` for a missing one that is not created.
 */
export async function openStore(spec: StoreSpec, create: boolean): Promise<OpenStore> {
  try {
    if (spec.kind === 'postgres') {
      const { PostgresTrustStore } = await import('@kaizen-eatp/store-postgres');
      return await PostgresTrustStore.open({ connectionString: spec.url, schema: spec.schema, create });
    }
    const { SqliteTrustStore } = await import('@kaizen-eatp/store-sqlite');
    return await SqliteTrustStore.open({ path: spec.path, create });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE_NOT_FOUND') throw error;
    const place = spec.kind === 'postgres' ? `schema '${spec.schema}' of the database` : spec.path;
    throw new StoreError('STORE_NOT_FOUND', `There is no store in ${place}`, {
      remedy: `Correct --store${spec.kind === 'postgres' ? ' or --schema' : ''}, or create the deployment: kaizen-eatp init --name NAME`,
      evidence: error.evidence,
      cause: error,
    });
  }
}
