import type { ReadSet } from '../read-set.js';
import { type Denial, deny } from './denial.js';
import type { ParsedChain } from './parsed-records.js';

/** Whether everything that came from a person is revoked. The statements are read with every chain. */
export function revokedPerson(reads: ReadSet, person: string): Denial | undefined {
  const revoked = reads.deployment.statements.state.revokedPerson(person);
  return revoked && deny('REVOKED', `everything that came from ${person} is revoked: ${revoked.reason}`);
}

/**
 * Whether a lasting delegation of a chain was revoked, by itself or with its person. The chain is normally signed again
 * without the delegation; until then, or if an older chain is put back, the revocation itself counts.
 */
export function findRevokedLasting(reads: ReadSet, evidence: ParsedChain): Denial | undefined {
  const { state } = reads.deployment.statements;
  for (const { id } of evidence.chain.delegations) {
    const revoked = state.revokedDelegation(id);
    if (revoked)
      return deny('DELEGATION_NOT_IN_FORCE', `delegation ${id} is revoked: ${revoked.reason}`, {
        delegationId: id,
      });
  }
  for (const person of evidence.persons) {
    const denial = revokedPerson(reads, person);
    if (denial) return denial;
  }
  return undefined;
}
