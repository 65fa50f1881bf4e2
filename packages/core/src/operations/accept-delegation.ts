import { type DelegationRecord, delegationCodec } from '../chain/index.js';
import { DelegationError, describe } from '../errors/index.js';
import { canonicalJson } from '../wire/index.js';
import { DelegationEvidence, Unreadable } from './chain-evidence.js';
import { checkPath } from './delegation-path.js';
import type { Denial } from './denial.js';
import type { Kernel } from './kernel.js';
import { chainToMintFrom } from './mint-gate.js';
import { View } from './view.js';

/**
 * Whether a record that came to an agent as its delegation is one: meant for it, as it was signed, in force, for the
 * task it claims, and the delegator's to give (decision 10).
 *
 * @throws DelegationError `DELEGATION_FORGED`, `DELEGATION_NOT_FOUND`.
 */
export async function acceptDelegation(
  kernel: Kernel,
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
  const [entry] = await kernel.store.readDelegationPath(record.id);
  if (entry) {
    const stored = kernel.delegationEvidence(entry);
    if (stored instanceof Unreadable) forged(record, stored.reason);
    expectSame(record, stored.record);
    const path = await checkPath(new View(kernel), {
      delegationId: record.id,
      delegateeId: agentId,
      taskId: record.taskId,
    });
    if ('code' in path) forged(record, path.reason, path);
    return;
  }
  const { evidence } = await chainToMintFrom(kernel, agentId);
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
  if (kernel.now() > new DelegationEvidence('', lasting).expiresAt) forged(record, 'it has expired');
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
