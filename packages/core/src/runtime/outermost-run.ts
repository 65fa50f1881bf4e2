import type { StoredRun, TrustStore } from '../store/index.js';

/** Returns the id of the run around a run, and around that one, that is given to workers. @throws StoreError. */
export async function outermostRun(
  store: Pick<TrustStore, 'findRuns'>,
  run: Pick<StoredRun, 'runId' | 'parentRunId'>,
): Promise<string> {
  let at = run;
  while (at.parentRunId !== null) {
    const [outer] = await store.findRuns({ runIds: [at.parentRunId], limit: 1 });
    if (!outer) break;
    at = outer;
  }
  return at.runId;
}
