import type { Authority } from '../../chain/index.js';
import type { StoredChain } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import { commitStatements } from '../statements/append-statements.js';
import { type ParsedChain, Unreadable } from '../verify/parsed-records.js';
import { putChain } from './sign-chain.js';

/**
 * Stores a chain in place of the one in force, and states that the older one is superseded, so that it does not count if
 * it is put back.
 *
 * @param signer - the authority that states it.
 * @throws StoreError `STORE_CONFLICT` if the chain in force is another one by now.
 */
export async function replaceChain(
  deployment: Deployment,
  stored: StoredChain,
  next: ParsedChain,
  signer: Authority,
): Promise<void> {
  const before = deployment.chainEvidence(stored);
  const put = putChain(next, stored.version);
  if (before instanceof Unreadable || before.stateHash === next.stateHash) {
    await deployment.store.commit([put]);
    return;
  }
  const body = { agent_id: stored.agentId, old_hash: before.stateHash, new_hash: next.stateHash };
  await commitStatements(deployment, () => ({
    drafts: [{ kind: 'chain_superseded', body }],
    signer,
    writes: [put],
  }));
}
