import { existsSync } from 'node:fs';
import type { StoreMaintenance, TrustStore } from '@kaizen-eatp/core/store';
import { CliError } from '../errors.js';
import type { StoreSpec } from './store-spec.js';

/** A store with the operations for its operators. */
export type OpenStore = TrustStore & StoreMaintenance;

/**
 * Opens a store; only the package of its kind is imported.
 *
 * @param create - whether a SQLite file is created if there is none.
 * @throws CliError `STORE_NOT_FOUND`, StoreError.
 */
export async function openStore(spec: StoreSpec, create: boolean): Promise<OpenStore> {
  if (spec.kind === 'postgres') {
    const { PostgresTrustStore } = await import('@kaizen-eatp/store-postgres');
    return PostgresTrustStore.open({ connectionString: spec.url, schema: spec.schema });
  }
  if (!create && !existsSync(spec.path)) {
    throw new CliError('STORE_NOT_FOUND', `There is no store ${spec.path}`, {
      remedy: 'Correct --store, or create the deployment: kaizen-eatp init --name NAME',
      evidence: { path: spec.path },
    });
  }
  const { SqliteTrustStore } = await import('@kaizen-eatp/store-sqlite');
  return SqliteTrustStore.open({ path: spec.path });
}
