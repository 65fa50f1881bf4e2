import type { Authority } from '../../chain/index.js';
import type { StoredChain } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import { commitStatements } from '../statements/append-statements.js';
import type { StatementDraft } from '../statements/statement.js';
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
  const drafts = supersession(deployment, stored, next);
  const put = putChain(next, stored.version);
  if (drafts.length === 0) await deployment.store.commit([put]);
  else await commitStatements(deployment, () => ({ drafts, signer, writes: [put] }));
}

/** The statement that a chain is superseded; none if there is nothing to state. */
export function supersession(
  deployment: Deployment,
  stored: StoredChain,
  next: ParsedChain,
): readonly StatementDraft[] {
  const before = deployment.chainEvidence(stored);
  if (before instanceof Unreadable || before.stateHash === next.stateHash) return [];
  const body = { agent_id: stored.agentId, old_hash: before.stateHash, new_hash: next.stateHash };
  return [{ kind: 'chain_superseded', body }];
}
