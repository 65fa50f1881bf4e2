import type { Deployment } from '../deployment.js';
import { foldDelegation } from '../issue/lasting-delegation.js';
import { expectSigningChain } from '../issue/signing-gate.js';
import { ParsedDelegation } from '../verify/parsed-records.js';

/**
 * An agent's chain as the reference stores it. With a task, what was delegated to the agent for it is folded in, as
 * if it were lasting, so that the reference can verify what the agent was allowed to do; revoked delegations are not.
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
    if (entry.status === 'revoked' || !(delegation instanceof ParsedDelegation)) continue;
    const delegator = await expectSigningChain(deployment, entry.delegatorId);
    folded = await foldDelegation(deployment, folded, authority, delegation.record, delegator);
  }
  return folded.text;
}
