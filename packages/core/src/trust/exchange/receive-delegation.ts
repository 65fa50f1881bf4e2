import { type DelegationRecord, delegationCodec } from '../../chain/index.js';
import { DelegationError, describe } from '../../errors/index.js';
import { canonicalJson, type JsonObject, toJsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { acceptDelegation } from '../issue/accept-delegation.js';
import { expectSigningChain } from '../issue/signing-gate.js';
import { ReadSet } from '../read-set.js';
import { judgePath } from '../verify/delegation-path.js';
import type { Denial } from '../verify/denial.js';
import { ParsedDelegation, Unreadable } from '../verify/parsed-records.js';

/**
 * Returns the stored delegation that a record claims to be, if an agent can act under it outside runs: it was made for
 * this agent outside every run and invocation, is as it was signed, in force, and within the delegator's rights. A
 * delegation of a run is known to that run only, and gives no rights outside it. An offered one is accepted.
 *
 * @throws DelegationError `DELEGATION_FORGED`, `DELEGATION_NOT_FOUND`, and as {@link acceptDelegation}.
 */
export async function receiveDelegation(
  deployment: Deployment,
  agentId: string,
  given: DelegationRecord,
): Promise<DelegationRecord> {
  const { text, ...record } = readOnce(given);
  if (record.delegateeId !== agentId)
    forged(record.id, `it is for ${record.delegateeId}, not for ${agentId}`);
  const reads = new ReadSet(deployment);
  await reads.need({ delegationId: record.id });
  const [entry] = reads.path(record.id);
  if (entry && entry.status !== 'accepted') {
    const stored = deployment.delegationEvidence(entry);
    if (stored instanceof Unreadable) forged(record.id, stored.reason);
    expectSame(text, stored.record);
    if (entry.status === 'offered') {
      await acceptDelegation(deployment, { delegationId: record.id, agentId });
      return stored.record;
    }
    const path = await judgePath(reads, {
      delegationId: record.id,
      delegateeId: agentId,
      binding: { runId: null, invocationId: null, person: entry.person },
    });
    if ('code' in path) forged(record.id, path.reason, path);
    return stored.record;
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
  expectSame(text, lasting);
  if (deployment.now() > new ParsedDelegation('', lasting).expiresAt) forged(record.id, 'it has expired');
  return lasting;
}

/** The parts of a record that identify the stored one, and the canonical text of the whole record. */
interface ReadRecord extends Pick<DelegationRecord, 'id' | 'delegateeId' | 'taskId'> {
  /** The canonical text of the whole record. */
  readonly text: string;
}

/** Reads a record once. The stored one is compared with what was read, and used in its place. */
function readOnce(record: DelegationRecord): ReadRecord {
  let wire: JsonObject;
  try {
    wire = toJsonObject(delegationCodec.encode(record), 'delegation');
  } catch (cause) {
    throw notADelegation(record, cause);
  }
  const { id, delegatee_id: delegateeId, task_id: taskId } = wire;
  if (typeof id !== 'string' || typeof delegateeId !== 'string' || typeof taskId !== 'string')
    throw notADelegation(record);
  return { id, delegateeId, taskId, text: canonicalJson(wire) };
}

const notADelegation = (received: unknown, cause?: unknown): DelegationError =>
  new DelegationError('DELEGATION_FORGED', 'The record is not a delegation', {
    expected: 'a DelegationRecord',
    received: describe(received),
    remedy: 'Pass the record that delegate() or delegateTo() returned.',
    cause,
  });

/** Compares the whole record, not only what is signed: the agent must not be given another person or lineage either. */
function expectSame(text: string, stored: DelegationRecord): void {
  if (text !== canonicalJson(delegationCodec.encode(stored)))
    forged(stored.id, 'it differs from the signed record in the store');
}

function forged(delegationId: string, reason: string, denial?: Denial): never {
  throw new DelegationError('DELEGATION_FORGED', `Delegation '${delegationId}' is not accepted: ${reason}`, {
    remedy: 'Do not act on it. Ask the delegator to delegate again.',
    evidence: { delegationId, reason, denial },
  });
}
