import type { Authority } from '../../chain/index.js';
import { InvalidTrustChainError } from '../../errors/index.js';
import type { StoredChain } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { judgeChainDelegations } from '../verify/chain-delegations.js';
import { judgeKnownSignatures } from '../verify/chain-signatures.js';
import type { ParsedChain } from '../verify/parsed-records.js';

/** A chain that was verified so that something can be signed because of it. */
export interface SigningChain {
  /** The chain as the store holds it. */
  readonly stored: StoredChain;
  /** The chain as it was parsed. */
  readonly evidence: ParsedChain;
  /** The authority of the chain, whose key signs. */
  readonly authority: Authority;
}

/**
 * The gate before anything is signed on the strength of a chain: it must be there, in force, unexpired and whole.
 *
 * @throws TrustChainNotFoundError, InvalidTrustChainError, AuthorityError.
 */
export async function expectSigningChain(
  deployment: Deployment,
  agentId: string,
  reads: ReadSet = new ReadSet(deployment),
): Promise<SigningChain> {
  const needChains = reads.needChains([agentId]);
  if (needChains) await needChains;
  const { stored, evidence } = deployment.expectChain(agentId, reads.chain(agentId));
  if (evidence.chain.agentId !== agentId)
    throw new InvalidTrustChainError(agentId, 'it is the chain of another agent');
  if (evidence.isExpired(deployment.now())) throw new InvalidTrustChainError(agentId, 'it has expired');
  const needAuthorities = reads.needAuthorities(evidence.authorityIds);
  if (needAuthorities) await needAuthorities;
  const hasDelegations = evidence.chain.delegations.length > 0;
  const denial =
    judgeKnownSignatures(reads, evidence, false) ??
    evidence.constraintsDenial ??
    (hasDelegations ? await judgeChainDelegations(reads, evidence, false) : undefined);
  if (denial) throw new InvalidTrustChainError(agentId, denial.reason, { denial });
  const { authorityId } = evidence.chain.genesis;
  return { stored, evidence, authority: deployment.expectToSign(authorityId, reads.authority(authorityId)) };
}
