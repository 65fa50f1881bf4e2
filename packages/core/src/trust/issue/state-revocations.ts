import type { Revocation, StoredChain, StoreWrite } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import { commitStatements, statementSigner } from '../statements/append-statements.js';
import { speaksFor } from '../statements/believed-authority.js';
import type { StatementDraft } from '../statements/statement.js';
import { Unreadable } from '../verify/parsed-records.js';

/** The statement that a delegation is revoked. */
export const ended = (delegationId: string, reason: string): StatementDraft => ({
  kind: 'delegation_revoked',
  body: { delegation_id: delegationId, reason },
});

/** The authority of a stored chain, as far as it can be read. */
export function authorityOf(deployment: Deployment, stored: StoredChain): readonly string[] {
  const evidence = deployment.chainEvidence(stored);
  return evidence instanceof Unreadable ? [] : [evidence.chain.genesis.authorityId];
}

/**
 * Signs revocations, and stores them with the rows by which watchers and queries find them. The statements alone decide.
 *
 * @param preferred - the authorities that sign if their keys are here.
 * @throws KeyError `KEY_NOT_FOUND` if no authority whose key is here can state it.
 */
export async function stateRevocations(
  deployment: Deployment,
  drafts: readonly StatementDraft[],
  preferred: readonly string[] = [],
  writes: readonly StoreWrite[] = [],
): Promise<void> {
  if (drafts.length === 0) return;
  const rows = revocationRows(deployment, drafts);
  const agents = drafts.flatMap((draft) => (draft.kind === 'agent_revoked' ? [draft.body.agent_id] : []));
  await commitStatements(deployment, async () => ({
    drafts,
    signer: await statementSigner(
      deployment,
      agents.length > 0 ? `revoke agent '${agents.join("', '")}'` : 'revoke it',
      (authority) =>
        !authority.revokedKeys.has(authority.publicKey) && agents.every((id) => speaksFor(authority, id)),
      preferred,
    ),
    writes: [...writes, ...rows],
  }));
}

/** Signs that delegations have ended with their task. Their rows say that they are closed, not that they are revoked. */
export async function stateEnds(
  deployment: Deployment,
  drafts: readonly StatementDraft[],
  close: StoreWrite,
): Promise<void> {
  if (drafts.length === 0) {
    await deployment.store.commit([close]);
    return;
  }
  await commitStatements(deployment, async () => ({
    drafts,
    signer: await statementSigner(
      deployment,
      'state the end of a task',
      (authority) => !authority.revokedKeys.has(authority.publicKey),
    ),
    writes: [close],
  }));
}

/** The rows by which watchers and queries find revocations. */
export function revocationRows(deployment: Deployment, drafts: readonly StatementDraft[]): StoreWrite[] {
  const at = deployment.timestamp();
  return drafts.flatMap((draft): StoreWrite[] => {
    const revocation = rowOf(draft, at);
    return revocation ? [{ op: 'revoke', revocation }] : [];
  });
}

function rowOf({ kind, body }: StatementDraft, at: string): Revocation | undefined {
  if (kind === 'agent_revoked') return { kind: 'agent', subjectId: body.agent_id, reason: body.reason, at };
  if (kind === 'person_revoked') return { kind: 'person', subjectId: body.person, reason: body.reason, at };
  if (kind === 'delegation_revoked')
    return { kind: 'delegation', subjectId: body.delegation_id, reason: body.reason, at };
  return undefined;
}
