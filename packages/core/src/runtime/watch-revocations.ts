import { RevokedError } from '../errors/index.js';
import type { PendingDelegations } from '../invocation/pending-delegations.js';
import { listenToStore } from '../invocation/withdrawal.js';
import type { Deployment } from '../trust/deployment.js';
import type { Run } from './run.js';

/** Stops a run when its person is revoked, and drops the delegations by or for an agent that is revoked. */
export const watchRevocations = (
  deployment: Deployment,
  run: Run,
  pending: PendingDelegations,
  person: string | undefined,
): (() => void) =>
  listenToStore(deployment, (event) => {
    if (event.type !== 'revoked') return;
    const { kind, subjectId, reason } = event.revocation;
    if (kind === 'agent') pending.drop(subjectId);
    if (kind === 'person' && subjectId === person) run.abort(new RevokedError(`person ${subjectId}`, reason));
  });
