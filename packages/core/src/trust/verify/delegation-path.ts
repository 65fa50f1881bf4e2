import type { DelegationBinding } from '../../chain/index.js';
import type { LedgerEntry } from '../../store/index.js';
import type { ReadSet } from '../read-set.js';
import { judgeDelegators } from './delegation-grant.js';
import { judgeLink } from './delegation-link.js';
import { type Denial, deny } from './denial.js';
import { ParsedDelegation } from './parsed-records.js';
import { revokedPerson } from './revocations.js';

/** A task-scoped delegation and those that it was made under, each in force and within its delegator's rights. */
export interface DelegationPath {
  /** The delegations, leaf first. */
  readonly links: readonly ParsedDelegation[];
  /** The agents that delegated, the last delegator first. */
  readonly delegatorIds: readonly string[];
  /** The earliest end of the delegators' rights, in milliseconds since the epoch. Default: never. */
  readonly delegatorsUntil?: number;
}

/** A delegation to judge, and what the caller knows about it. */
export interface PathRequest {
  /** The delegation that the agent acts under. */
  readonly delegationId: string;
  /** The agent that acts. */
  readonly delegateeId: string;
  /**
   * The binding that it must have. Undefined only where nothing is done under it: the answer is then about the
   * delegation itself.
   */
  readonly binding?: DelegationBinding | undefined;
  /** Checks every signature again. */
  readonly fresh?: boolean;
}

/**
 * Judges whether a delegation and those that it was made under are in force, as signed, unexpired, and within their
 * delegators' rights.
 *
 * @returns a promise only where something has to be read first.
 */
export function judgePath(
  reads: ReadSet,
  request: PathRequest,
): DelegationPath | Denial | Promise<DelegationPath | Denial> {
  const { delegationId } = request;
  const need = reads.need({ delegationId });
  if (need) return need.then(() => judgePath(reads, request));
  const links = judgeLinks(reads, request);
  if ('code' in links) return links;
  const person = reads.path(delegationId)[0]?.person;
  const denial =
    (person ? revokedPerson(reads, person) : undefined) ??
    judgeDelegators(reads, links, request.fresh === true);
  return denial instanceof Promise
    ? denial.then((found) => found ?? pathOf(links))
    : (denial ?? pathOf(links));
}

const pathOf = (links: readonly ParsedDelegation[]): DelegationPath => ({
  links,
  delegatorIds: links.map((link) => link.record.delegatorId),
  delegatorsUntil: endOfDelegators(links),
});

/** Judges each link by itself and by the one under it. */
function judgeLinks(reads: ReadSet, request: PathRequest): readonly ParsedDelegation[] | Denial {
  const { deployment } = reads;
  const { delegationId } = request;
  const entries = reads.path(delegationId);
  if (entries.length === 0)
    return deny('DELEGATION_NOT_FOUND', `delegation ${delegationId} is not in the ledger`);
  if (entries.length > deployment.settings.maxDelegationDepth) {
    return deny(
      'DELEGATION_MISMATCH',
      `the delegation is ${entries.length} deep, beyond ${deployment.settings.maxDelegationDepth}`,
    );
  }
  const links: ParsedDelegation[] = [];
  for (let i = 0; i < entries.length; i++) {
    const link = judgeLink(reads, entries[i] as LedgerEntry, i === 0 ? request : undefined, entries[i - 1]);
    if (!(link instanceof ParsedDelegation)) return link;
    links.push(link);
  }
  const last = links.at(-1) as ParsedDelegation;
  if (last.record.parentDelegationId) {
    return deny('DELEGATION_NOT_FOUND', `delegation ${last.record.parentDelegationId} is not in the ledger`);
  }
  return links;
}

/** The earliest end of the rights that the delegators gave from. Known once their grants were judged. */
function endOfDelegators(links: readonly ParsedDelegation[]): number {
  let end = Number.POSITIVE_INFINITY;
  for (const { grant } of links) end = Math.min(end, grant?.until ?? end, grant?.delegator.expiresAt ?? end);
  return end;
}
