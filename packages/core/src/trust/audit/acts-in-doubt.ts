import type { Intent } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import { isSealed } from './intent-code.js';
import { isRecordedAlready } from './recorded-already.js';

/**
 * Whether an open intent shows an act without an outcome: a process of the deployment stored it, and the trail has a place
 * for its outcome. A writer to the store can insert rows, and put old ones back.
 */
export const isInDoubt = async (deployment: Deployment, intent: Intent): Promise<boolean> =>
  (await isSealed(deployment, intent)) && !(await isRecordedAlready(deployment, intent));

/** Returns the acts of a trail that were begun and have no outcome. */
export async function actsInDoubt(deployment: Deployment, trailId: string): Promise<Intent[]> {
  const acts: Intent[] = [];
  for (const intent of await deployment.store.openIntents({ trailId }))
    if (await isInDoubt(deployment, intent)) acts.push(intent);
  return acts;
}
