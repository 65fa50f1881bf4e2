import { isEatpError } from '../../errors/index.js';
import { ENDED_STATES, type Intent, KEEPS_NO_RUNS, SHARED_TRAIL } from '../../store/index.js';
import type { Deployment } from '../deployment.js';

/** The intents of a store whose owners have ended, and which no worker will close. */
export async function abandonedIntents(
  { store, presence }: Pick<Deployment, 'store' | 'presence'>,
  open: readonly Intent[],
): Promise<readonly Intent[]> {
  const foreign = open.filter(({ owner }) => owner !== presence.owner);
  if (foreign.length === 0) return [];
  const resumable = await durableRunsInProgress({ store }, foreign);
  const left = foreign.filter(({ trailId }) => !resumable.has(trailId));
  if (left.length === 0) return [];
  const gone = new Set(await store.findGoneOwners([...new Set(left.map(({ owner }) => owner))]));
  return left.filter(({ owner }) => gone.has(owner));
}

/** A store of a plugin may keep no durable runs. One that only fails now may have some in progress. */
function noneIfKeepsNone(error: unknown): [] {
  if (isEatpError(error, 'STORE_FAILED') && error.evidence.reason === KEEPS_NO_RUNS) return [];
  throw error;
}

/**
 * The durable runs among the trails that have not ended. Each has an owner, or gets one, which closes its intents itself:
 * whether the owner lives is known to the engine.
 */
async function durableRunsInProgress(
  { store }: Pick<Deployment, 'store'>,
  intents: readonly Intent[],
): Promise<ReadonlySet<string>> {
  const runIds = [...new Set(intents.map(({ trailId }) => trailId))].filter((id) => id !== SHARED_TRAIL);
  if (runIds.length === 0) return new Set();
  const runs = await store.findRuns({ runIds, limit: runIds.length }).catch(noneIfKeepsNone);
  return new Set(runs.filter(({ state }) => !ENDED_STATES.includes(state)).map(({ runId }) => runId));
}
