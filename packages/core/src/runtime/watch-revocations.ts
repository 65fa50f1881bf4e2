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
    if (event.type === 'statement_added' && person !== undefined) void expectPerson(deployment, run, person);
    if (event.type !== 'revoked') return;
    const { kind, subjectId, reason } = event.revocation;
    if (kind === 'agent') pending.drop(subjectId);
    if (kind === 'person' && subjectId === person) run.abort(new RevokedError(`person ${subjectId}`, reason));
  });

/** A statement can come without a row, for instance from Python. */
async function expectPerson({ statements }: Deployment, run: Run, person: string): Promise<void> {
  // A store that fails is noticed by the next step.
  await statements.refresh().catch(() => undefined);
  const revoked = statements.state.revokedPerson(person);
  if (revoked) run.abort(new RevokedError(`person ${person}`, revoked.reason, revoked.at));
}
