import type { DelegationBinding, DelegationRecord } from '../../chain/index.js';
import type { LedgerEntry } from '../../store/index.js';
import { turnOfEventLoop } from '../../wire/event-loop.js';
import type { Deployment } from '../deployment.js';
import { pseudonymOf } from '../persons.js';
import { ReadSet } from '../read-set.js';
import { type DelegateRequest, parseDelegateRequest } from './delegate-request.js';
import { expectFuture } from './expect-future.js';
import { issueDelegation } from './issue-delegation.js';
import { storeLasting } from './lasting-delegation.js';
import { expectSigningChain } from './signing-gate.js';

/** Makes and stores a delegation outside runs, after checking that the delegator is allowed to make it. */
export async function delegate(deployment: Deployment, given: DelegateRequest): Promise<DelegationRecord> {
  const request = parseDelegateRequest(given);
  const turn = turnOfEventLoop();
  if (turn) await turn;
  const { delegatorId, delegateeId, taskId, humanOrigin, parentDelegationId, lasting = false } = request;
  const person = humanOrigin ? await pseudonymOf(deployment, humanOrigin.humanId) : null;
  const binding: DelegationBinding = { runId: null, invocationId: null, person };
  const reads = new ReadSet(deployment);
  const issued = await issueDelegation(
    reads,
    {
      delegatorId,
      delegateeId,
      taskId,
      capabilities: request.capabilities,
      constraints: request.additionalConstraints ?? [],
      expiresAt: expectFuture(deployment, request.expiresAt),
      reasoningTrace: request.reasoningTrace,
      binding,
      parent: parentDelegationId ? { delegationId: parentDelegationId, binding } : null,
    },
    lasting,
  );
  if (lasting)
    await storeLasting(deployment, issued.record, await expectSigningChain(deployment, delegatorId, reads));
  else await deployment.store.commit([{ op: 'add_delegation', entry: issued.entries[0] as LedgerEntry }]);
  return issued.record;
}
