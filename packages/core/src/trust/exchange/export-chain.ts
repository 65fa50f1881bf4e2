import { bindingFields, isOfferNonce } from '../../chain/index.js';
import type { Deployment } from '../deployment.js';
import { foldDelegation } from '../issue/lasting-delegation.js';
import { expectSigningChain } from '../issue/signing-gate.js';
import { ParsedDelegation } from '../verify/parsed-records.js';

/**
 * Returns an agent's chain as the reference stores it. With a task, the delegations to the agent for this task are
 * written into it like lasting ones, except revoked ones and offers, so that the reference can verify what the agent was allowed to
 * do. A delegation of a run gives nothing to a deployment that imports the chain: it says in which run it was made.
 */
export async function exportChain(
  deployment: Deployment,
  agentId: string,
  taskId: string | undefined,
): Promise<string> {
  const { evidence, authority } = await expectSigningChain(deployment, agentId);
  if (taskId === undefined) return evidence.text;
  let folded = evidence;
  for (const entry of await deployment.store.findDelegations({ taskId, delegateeId: agentId })) {
    const delegation = deployment.delegationEvidence(entry);
    const isOfTask = entry.status === 'in_force' || entry.status === 'closed';
    if (!isOfTask || isOfferNonce(entry.nonce) || !(delegation instanceof ParsedDelegation)) continue;
    const delegator = await expectSigningChain(deployment, entry.delegatorId);
    const record = { ...delegation.record, unknownFields: bindingFields(entry) };
    folded = await foldDelegation(deployment, folded, authority, record, delegator);
  }
  return folded.text;
}
