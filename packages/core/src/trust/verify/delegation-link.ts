import { type DelegationBinding, isOfferNonce, LEGACY_PAYLOAD } from '../../chain/index.js';
import type { DelegationStatus, LedgerEntry } from '../../store/index.js';
import type { ReadSet } from '../read-set.js';
import { EXECUTE } from './capability-match.js';
import { type Denial, deny } from './denial.js';
import { ParsedDelegation, Unreadable } from './parsed-records.js';

/** The use of a delegation. */
interface LinkUse {
  /** The agent that acts under it. */
  readonly delegateeId: string;
  /** The binding that it must have; undefined where nothing is done under it. */
  readonly binding?: DelegationBinding | undefined;
}

/**
 * Judges one link of a path by its ledger entry: whether it is in force, its record says the same as the ledger, and it
 * is used for what it was made for.
 *
 * @param request - what the delegation is used for; undefined for the links above the first.
 * @param child - the entry of the delegation that was made under this one.
 */
export function judgeLink(
  reads: ReadSet,
  entry: LedgerEntry,
  request: LinkUse | undefined,
  child: LedgerEntry | undefined,
): ParsedDelegation | Denial {
  const evidence = judgeEntry(reads, entry, 'in_force');
  if (!(evidence instanceof ParsedDelegation)) return evidence;
  return findBindingDenial(evidence, entry, request, child) ?? findTermsDenial(reads, evidence) ?? evidence;
}

/** Judges whether an entry has a status, is not revoked, and says the same as its record. */
export function judgeEntry(
  reads: ReadSet,
  entry: LedgerEntry,
  status: DelegationStatus,
): ParsedDelegation | Denial {
  const evidence = reads.deployment.delegationEvidence(entry);
  if (evidence instanceof Unreadable) return deny('DELEGATION_MISMATCH', evidence.reason);
  const { record } = evidence;
  if (entry.status !== status)
    return deny('DELEGATION_NOT_IN_FORCE', `delegation ${record.id} is ${entry.status}`);
  const revoked = reads.deployment.statements.state.revokedDelegation(entry.delegationId);
  if (revoked)
    return deny('DELEGATION_NOT_IN_FORCE', `delegation ${record.id} is revoked: ${revoked.reason}`);
  const isSame =
    record.id === entry.delegationId &&
    record.taskId === entry.taskId &&
    record.delegatorId === entry.delegatorId &&
    record.delegateeId === entry.delegateeId &&
    (record.parentDelegationId ?? null) === entry.parentDelegationId;
  if (!isSame)
    return deny('DELEGATION_MISMATCH', `the ledger's entry ${entry.delegationId} and its record differ`);
  return evidence;
}

/**
 * Returns the denial of a delegation that is used for another run, invocation or person than it was made for. Its
 * signed id is the digest of these.
 */
function findBindingDenial(
  evidence: ParsedDelegation,
  entry: LedgerEntry,
  request: LinkUse | undefined,
  child: LedgerEntry | undefined,
): Denial | undefined {
  const { record } = evidence;
  if (!evidence.isBoundTo(entry, entry.nonce) || isOfferNonce(entry.nonce))
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} was made for something else`);
  if (request && record.delegateeId !== request.delegateeId) {
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} is for ${record.delegateeId}`);
  }
  const wanted = request?.binding;
  if (wanted && wanted.runId !== entry.runId)
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} is of another run`);
  if (wanted && wanted.invocationId !== entry.invocationId)
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} was made in another invocation`);
  if (wanted && wanted.person !== entry.person)
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} was made for another person`);
  const follows =
    !child ||
    (child.delegatorId === record.delegateeId &&
      child.taskId === record.taskId &&
      child.person === entry.person);
  return follows
    ? undefined
    : deny('DELEGATION_MISMATCH', `delegation ${child.delegationId} was not made under ${record.id}`);
}

/** Returns the denial of a delegation by its own terms: their form, and their end. */
export function findTermsDenial(
  { deployment, now }: ReadSet,
  { record, expiresAt }: ParsedDelegation,
): Denial | undefined {
  if ((record.signingPayloadVersion ?? LEGACY_PAYLOAD) !== LEGACY_PAYLOAD) {
    // The cross-SDK forms sign neither task nor constraints, so they cannot be bound to one task.
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} does not sign its task`);
  }
  if (now > expiresAt) return deny('DELEGATION_EXPIRED', `delegation ${record.id} has expired`);
  if (deployment.settings.strictDelegation && record.capabilitiesDelegated.includes(EXECUTE)) {
    return deny(
      'DELEGATION_SCOPE',
      `delegation ${record.id} names '${EXECUTE}', which strictDelegation forbids`,
    );
  }
  return undefined;
}
