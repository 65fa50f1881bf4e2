import { TrustLineageChain } from '../../chain/index.js';
import { InvalidTrustChainError } from '../../errors/index.js';
import { timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { putChain } from '../issue/sign-chain.js';
import { ReadSet } from '../read-set.js';
import { judgeSignatures } from '../verify/chain-signatures.js';
import { ParsedChain } from '../verify/parsed-records.js';
import { findRevokedLasting } from '../verify/revocations.js';

/**
 * Stores a chain that was made elsewhere, byte for byte, after checking its signatures and the bindings of its
 * delegations. Its authorities must be known. The chains of its delegators can follow later.
 */
export async function importChain(
  deployment: Deployment,
  text: string,
  overwrite: boolean,
): Promise<TrustLineageChain> {
  const chain = TrustLineageChain.parse(text);
  const evidence = new ParsedChain(text, chain);
  const reads = new ReadSet(deployment);
  const denial =
    (await judgeSignatures(reads, evidence)) ??
    evidence.bindingDenial ??
    (await findRevokedLasting(reads, evidence));
  if (denial) throw new InvalidTrustChainError(chain.agentId, denial.reason, { denial });
  const stored = await deployment.storedChain(chain.agentId);
  await refuseRevoked(deployment, chain);
  const ifVersion = overwrite && stored?.active ? stored.version : null;
  await deployment.store.commit([putChain(evidence, ifVersion)]);
  return chain;
}

/** A chain from before its agent was revoked must not bring the agent back. */
async function refuseRevoked(deployment: Deployment, chain: TrustLineageChain): Promise<void> {
  const [revoked] = await deployment.store.readRevocations('agent', [chain.agentId]);
  if (!revoked || timestampToMillis(chain.genesis.createdAt) > timestampToMillis(revoked.at)) return;
  throw new InvalidTrustChainError(
    chain.agentId,
    `the agent was revoked after it was made: ${revoked.reason}`,
  );
}
