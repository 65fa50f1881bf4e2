import { TrustLineageChain } from '../chain/index.js';
import { InvalidTrustChainError } from '../errors/index.js';
import { timestampToMillis } from '../wire/index.js';
import { ChainEvidence, DelegationEvidence } from './chain-evidence.js';
import { checkIntegrity } from './chain-integrity.js';
import { putChain } from './establish.js';
import type { Kernel } from './kernel.js';
import { foldDelegation } from './lasting-delegation.js';
import { chainToMintFrom } from './mint-gate.js';
import { View } from './view.js';

/**
 * An agent's chain as the reference stores it. With a task, what was delegated to the agent for it is folded in, as
 * if it were lasting, so that the reference can verify what the agent was allowed to do; revoked delegations are not.
 */
export async function exportChain(
  kernel: Kernel,
  agentId: string,
  taskId: string | undefined,
): Promise<string> {
  const { evidence, authority } = await chainToMintFrom(kernel, agentId);
  if (taskId === undefined) return evidence.text;
  let folded = evidence;
  for (const entry of await kernel.store.findDelegations({ taskId, delegateeId: agentId })) {
    const delegation = kernel.delegationEvidence(entry);
    if (entry.status === 'revoked' || !(delegation instanceof DelegationEvidence)) continue;
    const delegator = await chainToMintFrom(kernel, entry.delegatorId);
    folded = await foldDelegation(kernel, folded, authority, delegation.record, delegator);
  }
  return folded.text;
}

/**
 * Takes in a chain that came from elsewhere, byte for byte, after checking its signatures. Its authorities must be
 * known, its delegators' chains need not be yet.
 */
export async function importChain(
  kernel: Kernel,
  text: string,
  overwrite: boolean,
): Promise<TrustLineageChain> {
  const chain = TrustLineageChain.parse(text);
  const evidence = new ChainEvidence(text, chain);
  const denial = await checkIntegrity(new View(kernel), evidence);
  if (denial) throw new InvalidTrustChainError(chain.agentId, denial.reason, { denial });
  const stored = await kernel.storedChain(chain.agentId);
  await refuseRevoked(kernel, chain);
  const ifVersion = overwrite && stored?.active ? stored.version : null;
  await kernel.store.commit([putChain(evidence, ifVersion)]);
  return chain;
}

/** A chain from before its agent was revoked must not bring the agent back. */
async function refuseRevoked(kernel: Kernel, chain: TrustLineageChain): Promise<void> {
  const [revoked] = await kernel.store.readRevocations('agent', [chain.agentId]);
  if (!revoked || timestampToMillis(chain.genesis.createdAt) > timestampToMillis(revoked.at)) return;
  throw new InvalidTrustChainError(
    chain.agentId,
    `the agent was revoked after it was made: ${revoked.reason}`,
  );
}
