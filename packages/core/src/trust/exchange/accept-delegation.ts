import { type DelegationRecord, delegationCodec } from '../../chain/index.js';
import { DelegationError, describe } from '../../errors/index.js';
import { canonicalJson } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { expectSigningChain } from '../issue/signing-gate.js';
import { ReadSet } from '../read-set.js';
import { judgePath } from '../verify/delegation-path.js';
import type { Denial } from '../verify/denial.js';
import { ParsedDelegation, Unreadable } from '../verify/parsed-records.js';

/**
 * Whether a record that came to an agent as its delegation is one: meant for it, as it was signed, in force, for the
 * task it claims, and the delegator's to give (decision 10).
 *
 * @throws DelegationError `DELEGATION_FORGED`, `DELEGATION_NOT_FOUND`.
 */
export async function acceptDelegation(
  deployment: Deployment,
  agentId: string,
  record: DelegationRecord,
): Promise<void> {
  if (typeof record !== 'object' || record === null || typeof record.id !== 'string') {
    throw new DelegationError('DELEGATION_FORGED', 'This is no delegation', {
      expected: 'a DelegationRecord',
      received: describe(record),
      remedy: 'Pass what delegate() or delegateTo() returned.',
    });
  }
  if (record.delegateeId !== agentId) forged(record, `it is for ${record.delegateeId}, not for ${agentId}`);
  const [entry] = await deployment.store.readDelegationPath(record.id);
  if (entry) {
    const stored = deployment.delegationEvidence(entry);
    if (stored instanceof Unreadable) forged(record, stored.reason);
    expectSame(record, stored.record);
    const path = await judgePath(new ReadSet(deployment), {
      delegationId: record.id,
      delegateeId: agentId,
      taskId: record.taskId,
    });
    if ('code' in path) forged(record, path.reason, path);
    return;
  }
  const { evidence } = await expectSigningChain(deployment, agentId);
  const lasting = evidence.chain.delegations.find((delegation) => delegation.id === record.id);
  if (!lasting) {
    throw new DelegationError(
      'DELEGATION_NOT_FOUND',
      `Delegation '${record.id}' is neither in the ledger nor in the chain`,
      {
        remedy: 'Let the delegator make it with delegateTo() over the store that both share.',
        evidence: { delegationId: record.id, agentId },
      },
    );
  }
  expectSame(record, lasting);
  if (deployment.now() > new ParsedDelegation('', lasting).expiresAt) forged(record, 'it has expired');
}

/** The whole record, not only what is signed: an agent must not be told of another human or lineage either. */
function expectSame(record: DelegationRecord, stored: DelegationRecord): void {
  const text = (delegation: DelegationRecord): string => canonicalJson(delegationCodec.encode(delegation));
  let isSame: boolean;
  try {
    isSame = text(record) === text(stored);
  } catch (error) {
    forged(record, (error as Error).message);
  }
  if (!isSame) forged(record, 'it differs from what was signed and stored');
}

function forged(record: DelegationRecord, reason: string, denial?: Denial): never {
  throw new DelegationError('DELEGATION_FORGED', `Delegation '${record.id}' is not accepted`, {
    received: reason,
    remedy: 'Do not act on it. Ask the delegator to delegate anew.',
    evidence: { delegationId: record.id, reason, denial },
  });
}
