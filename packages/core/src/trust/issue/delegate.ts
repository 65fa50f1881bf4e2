import type { DelegationBinding, DelegationRecord } from '../../chain/index.js';
import { InvalidTrustChainError } from '../../errors/index.js';
import type { LedgerEntry } from '../../store/index.js';
import { turnOfEventLoop } from '../../wire/event-loop.js';
import type { Deployment } from '../deployment.js';
import { pseudonymOf } from '../persons.js';
import { ReadSet } from '../read-set.js';
import { type DelegateRequest, parseDelegateRequest } from './delegate-request.js';
import { expectFuture } from './expect-future.js';
import { issueDelegation } from './issue-delegation.js';

/**
 * Makes and stores a delegation outside runs, after checking that the delegator is allowed to make it. A lasting one is an
 * offer until its delegatee accepts it: otherwise any agent could limit any other one with its constraints.
 */
export async function delegate(deployment: Deployment, given: DelegateRequest): Promise<DelegationRecord> {
  const request = parseDelegateRequest(given);
  const turn = turnOfEventLoop();
  if (turn) await turn;
  const { delegatorId, delegateeId, taskId, humanOrigin, parentDelegationId, lasting = false } = request;
  const person = humanOrigin ? await pseudonymOf(deployment, humanOrigin.humanId) : null;
  const binding: DelegationBinding = { runId: null, invocationId: null, person };
  const reads = new ReadSet(deployment);
  if (lasting) await expectNotRevoked(reads, delegateeId);
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
  await deployment.store.commit([{ op: 'add_delegation', entry: issued.entries[0] as LedgerEntry }]);
  return issued.record;
}

/** @throws InvalidTrustChainError for an agent that is revoked. One without a chain can be given one. */
async function expectNotRevoked(reads: ReadSet, agentId: string): Promise<void> {
  await reads.needChains([agentId]);
  if (reads.chain(agentId)?.active === false) throw new InvalidTrustChainError(agentId, 'it is revoked');
}
