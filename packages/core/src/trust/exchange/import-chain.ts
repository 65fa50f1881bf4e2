import { type Authority, TrustLineageChain } from '../../chain/index.js';
import { InvalidTrustChainError, KeyError } from '../../errors/index.js';
import type { StoredChain } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import { expectEstablishable } from '../issue/establish.js';
import { replaceChain } from '../issue/replace-chain.js';
import { putChain } from '../issue/sign-chain.js';
import { ReadSet } from '../read-set.js';
import { statementSigner } from '../statements/append-statements.js';
import { type BelievedAuthority, speaksFor } from '../statements/believed-authority.js';
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
    (await judgeSignatures(reads, evidence)) ?? evidence.bindingDenial ?? findRevokedLasting(reads, evidence);
  if (denial) throw new InvalidTrustChainError(chain.agentId, denial.reason, { denial });
  const ended = deployment.statements.state.isEndedChain(evidence.stateHash);
  if (ended) throw new InvalidTrustChainError(chain.agentId, 'it was replaced, or its agent was revoked');
  const stored = await deployment.storedChain(chain.agentId);
  if (overwrite && stored?.active) {
    const signer = await stating(deployment, stored);
    if (signer) await replaceChain(deployment, stored, evidence, signer);
    else await deployment.store.commit([putChain(evidence, stored.version)]);
    return chain;
  }
  const ifVersion = stored?.active ? null : await expectEstablishable(deployment, chain.agentId);
  await deployment.store.commit([putChain(evidence, ifVersion)]);
  return chain;
}

/** An authority that can state here that a chain is superseded, that of the chain first; undefined if no key is here. */
async function stating(
  deployment: Deployment,
  { agentId, text }: StoredChain,
): Promise<Authority | undefined> {
  const { genesis } = TrustLineageChain.parse(text);
  const may = (authority: BelievedAuthority): boolean => speaksFor(authority, agentId);
  try {
    return await statementSigner(deployment, `replace the chain of agent '${agentId}'`, may, [
      genesis.authorityId,
    ]);
  } catch (error) {
    if (error instanceof KeyError && error.code === 'KEY_NOT_FOUND') return undefined;
    throw error;
  }
}
