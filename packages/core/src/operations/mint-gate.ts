import type { Authority } from '../chain/index.js';
import { InvalidTrustChainError } from '../errors/index.js';
import type { StoredChain } from '../store/index.js';
import type { ChainEvidence } from './chain-evidence.js';
import { checkKnownIntegrity } from './chain-integrity.js';
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
  const needChains = view.needChains([agentId]);
  if (needChains) await needChains;
  const { stored, evidence } = kernel.expectChain(agentId, view.chain(agentId));
  if (evidence.chain.agentId !== agentId)
    throw new InvalidTrustChainError(agentId, 'it is the chain of another agent');
  if (evidence.isExpired(kernel.now())) throw new InvalidTrustChainError(agentId, 'it has expired');
  const needAuthorities = view.needAuthorities(evidence.authorityIds);
  if (needAuthorities) await needAuthorities;
  const hasDelegations = evidence.chain.delegations.length > 0;
  const denial =
    checkKnownIntegrity(view, evidence, false) ??
    (hasDelegations ? await checkLastingDelegations(view, evidence, false) : undefined);
  if (denial) throw new InvalidTrustChainError(agentId, denial.reason, { denial });
  const { authorityId } = evidence.chain.genesis;
  return { stored, evidence, authority: kernel.expectToSign(authorityId, view.authority(authorityId)) };
}
