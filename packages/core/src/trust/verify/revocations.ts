import type { ReadSet } from '../read-set.js';
import { type Denial, deny } from './denial.js';
import type { ParsedChain } from './parsed-records.js';

/** Whether everything that came from a person is revoked. */
export async function findRevokedPerson(reads: ReadSet, person: string): Promise<Denial | undefined> {
  const need = reads.need({ persons: [person] });
  if (need) await need;
  return revokedPerson(reads, person);
}

/** Like {@link findRevokedPerson}, once the revocation is read. */
export function revokedPerson(reads: ReadSet, person: string): Denial | undefined {
  const revoked = reads.revocation('person', person);
  return revoked && deny('REVOKED', `everything that came from ${person} is revoked: ${revoked.reason}`);
}

/**
 * Whether a lasting delegation of a chain was revoked, by itself or with its person. The chain is normally signed again
 * without the delegation; until then, or if an older chain is put back, the revocation itself counts.
 */
export async function findRevokedLasting(reads: ReadSet, evidence: ParsedChain): Promise<Denial | undefined> {
  const { delegations } = evidence.chain;
  if (delegations.length === 0) return undefined;
  const need = reads.need({ delegations: delegations.map(({ id }) => id), persons: evidence.persons });
  if (need) await need;
  for (const { id } of delegations) {
    const revoked = reads.revocation('delegation', id);
    if (revoked)
      return deny('DELEGATION_NOT_IN_FORCE', `delegation ${id} is revoked: ${revoked.reason}`, {
        delegationId: id,
      });
  }
  for (const person of evidence.persons) {
    const denial = await findRevokedPerson(reads, person);
    if (denial) return denial;
  }
  return undefined;
}
