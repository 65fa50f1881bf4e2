import type { Authority } from '../../chain/index.js';
import { AuthorityError, InvalidTrustChainError } from '../../errors/index.js';
import type { StoredChain } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { judgeChainDelegations } from '../verify/chain-delegations.js';
import { judgeKnownSignatures } from '../verify/chain-signatures.js';
import type { Denial } from '../verify/denial.js';
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
 * The check before anything is signed that depends on a chain: the chain must exist, be in force, unexpired and
 * complete.
 *
 * @throws TrustChainNotFoundError, InvalidTrustChainError, AuthorityError.
 */
export async function expectSigningChain(
  deployment: Deployment,
  agentId: string,
  reads: ReadSet = new ReadSet(deployment),
): Promise<SigningChain> {
  const need = reads.needChains([agentId]);
  if (need) await need;
  const { stored, evidence } = expectWholeChain(reads, agentId);
  const needAuthorities = reads.needAuthorities(evidence.authorityIds);
  if (needAuthorities) await needAuthorities;
  if (evidence.chain.delegations.length === 0) return expectSigned(reads, stored, evidence);
  const denial =
    judgeKnownSignatures(reads, evidence, false) ??
    evidence.constraintsDenial ??
    (await judgeChainDelegations(reads, evidence, false));
  return expectSigned(reads, stored, evidence, denial);
}

/**
 * Like {@link expectSigningChain}; undefined if more records would have to be read. Every delegation of a run comes
 * through here.
 *
 * @throws as {@link expectSigningChain}.
 */
export function signingChainIfRead(reads: ReadSet, agentId: string): SigningChain | undefined {
  if (!reads.chain(agentId)) return undefined;
  const { stored, evidence } = expectWholeChain(reads, agentId);
  if (evidence.chain.delegations.length > 0) return undefined;
  return evidence.authorityIds.every((id) => reads.authority(id))
    ? expectSigned(reads, stored, evidence)
    : undefined;
}

/** @throws TrustChainNotFoundError, InvalidTrustChainError for a chain that is not its own, expired or unreadable. */
function expectWholeChain(reads: ReadSet, agentId: string) {
  const { deployment } = reads;
  const found = deployment.expectChain(agentId, reads.chain(agentId));
  if (found.evidence.chain.agentId !== agentId)
    throw new InvalidTrustChainError(agentId, 'it is the chain of another agent');
  if (found.evidence.isExpired(reads.now)) throw new InvalidTrustChainError(agentId, 'it has expired');
  return found;
}

/** @throws InvalidTrustChainError for a chain whose own signatures are invalid, AuthorityError. */
function expectSigned(
  reads: ReadSet,
  stored: StoredChain,
  evidence: ParsedChain,
  found: Denial | undefined = judgeKnownSignatures(reads, evidence, false) ?? evidence.constraintsDenial,
): SigningChain {
  const { agentId, genesis } = evidence.chain;
  if (found?.code === 'AUTHORITY_NOT_TRUSTED' || found?.code === 'AUTHORITY_NOT_PERMITTED') {
    throw new AuthorityError(found.code, `Nothing is signed for agent '${agentId}': ${found.reason}`, {
      remedy: 'Activate the authority, pin it in `roots`, or let another one endorse it.',
      evidence: { ...found.evidence, denial: found },
    });
  }
  if (found) throw new InvalidTrustChainError(agentId, found.reason, { denial: found });
  const authority = reads.deployment.expectToSign(genesis.authorityId, reads.authority(genesis.authorityId));
  return { stored, evidence, authority };
}
