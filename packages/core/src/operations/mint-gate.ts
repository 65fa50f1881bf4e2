import type { Authority } from '../chain/index.js';
import { InvalidTrustChainError } from '../errors/index.js';
import type { StoredChain } from '../store/index.js';
import type { ChainEvidence } from './chain-evidence.js';
import { checkIntegrity } from './chain-integrity.js';
import type { Kernel } from './kernel.js';
import { checkLastingDelegations } from './lasting-delegations.js';
import { View } from './view.js';

export interface MintingChain {
  readonly stored: StoredChain;
  readonly evidence: ChainEvidence;
  readonly authority: Authority;
}

/**
 * The gate before anything is signed on the strength of a chain: it must be there, in force, unexpired and whole.
 *
 * @throws TrustChainNotFoundError, InvalidTrustChainError, AuthorityError.
 */
export async function chainToMintFrom(
  kernel: Kernel,
  agentId: string,
  view: View = new View(kernel),
): Promise<MintingChain> {
  const { stored, evidence } = kernel.expectChain(agentId, await view.chain(agentId));
  if (evidence.chain.agentId !== agentId)
    throw new InvalidTrustChainError(agentId, 'it is the chain of another agent');
  if (evidence.isExpired(kernel.now())) throw new InvalidTrustChainError(agentId, 'it has expired');
  const denial =
    (await checkIntegrity(view, evidence)) ?? (await checkLastingDelegations(view, evidence, false));
  if (denial) throw new InvalidTrustChainError(agentId, denial.reason, { denial });
  const { authorityId } = evidence.chain.genesis;
  return { stored, evidence, authority: kernel.expectToSign(authorityId, await view.authority(authorityId)) };
}
