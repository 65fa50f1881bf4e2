import type { ReadSet } from '../read-set.js';
import { keyringOf } from '../statements/believed-view.js';
import { checkSignatures } from './chain-delegations.js';
import { judgeKnownSignatures } from './chain-signatures.js';
import { inheritedLabels, mayDo } from './delegation-rights.js';
import { type Denial, deny } from './denial.js';
import { expiryOf, ParsedChain, type ParsedDelegation, Unreadable } from './parsed-records.js';

/**
 * Whether each delegator is trusted, signed its delegation, and could give what it gave.
 *
 * @returns a promise only where something has to be read first: every step under a delegation comes through here.
 */
export function judgeDelegators(
  reads: ReadSet,
  links: readonly ParsedDelegation[],
  fresh: boolean,
): Denial | undefined | Promise<Denial | undefined> {
  const needChains = reads.needChains(links.map((link) => link.record.delegatorId));
  if (needChains) return needChains.then(() => judgeDelegators(reads, links, fresh));
  // Found once for each link: on a long path most of the time goes into waiting for memory.
  const delegators = links.map((link) => delegatorOf(reads, link));
  const needAuthorities = reads.needAuthorities(authoritiesOf(delegators));
  return needAuthorities
    ? needAuthorities.then(() => judgeDelegators(reads, links, fresh))
    : judgeKnownDelegators(reads, links, delegators, fresh);
}

type Delegator = ParsedChain | Denial;

function authoritiesOf(delegators: readonly Delegator[]): readonly string[] {
  const ids = new Set<string>();
  for (const delegator of delegators)
    if (delegator instanceof ParsedChain) for (const id of delegator.authorityIds) ids.add(id);
  return [...ids];
}

function judgeKnownDelegators(
  reads: ReadSet,
  links: readonly ParsedDelegation[],
  delegators: readonly Delegator[],
  fresh: boolean,
): Denial | undefined {
  for (let i = links.length - 1; i >= 0; i--) {
    const link = links[i] as ParsedDelegation;
    const delegator = delegators[i] as Delegator;
    if (!(delegator instanceof ParsedChain)) return delegator;
    const denial =
      judgeKnownSignatures(reads, delegator, fresh) ??
      delegator.constraintsDenial ??
      checkSignature(reads, link, delegator, fresh) ??
      checkGrant(reads, link, delegator, links, i + 1);
    if (denial) return denial;
  }
  return undefined;
}

function delegatorOf(reads: ReadSet, link: ParsedDelegation): Delegator {
  const { deployment, now } = reads;
  const { id, delegatorId } = link.record;
  const stored = reads.chain(delegatorId);
  if (!stored?.active) {
    return deny('DELEGATOR_NOT_TRUSTED', `delegator ${delegatorId} of ${id} has no chain in force`);
  }
  const delegator = deployment.chainEvidence(stored);
  if (delegator instanceof Unreadable) {
    return deny('DELEGATOR_NOT_TRUSTED', `chain of ${delegatorId}: ${delegator.reason}`);
  }
  return delegator.chain.agentId === delegatorId && now <= delegator.expiresAt
    ? delegator
    : deny('DELEGATOR_NOT_TRUSTED', `the chain of delegator ${delegatorId} is expired or another agent's`);
}

function checkSignature(
  reads: ReadSet,
  link: ParsedDelegation,
  delegator: ParsedChain,
  fresh: boolean,
): Denial | undefined {
  const { authorityId } = delegator.chain.genesis;
  const authority = reads.authority(authorityId);
  if (!authority) return deny('AUTHORITY_UNKNOWN', `authority ${authorityId} is unknown`, { authorityId });
  const keys = keyringOf(authority);
  if (!fresh && link.goodUnder.has(keys)) return undefined;
  const denial = checkSignatures(link.record, authority);
  if (!denial) link.goodUnder.add(keys);
  return denial;
}

/**
 * Whether a delegator could give what it gave: nothing that it is not allowed to do itself, under all its constraints.
 *
 * @param above - the index of the first link that the delegator acted under.
 */
function checkGrant(
  { deployment, now }: ReadSet,
  link: ParsedDelegation,
  delegator: ParsedChain,
  links: readonly ParsedDelegation[],
  above: number,
): Denial | undefined {
  const parent = links[above];
  const known = link.grant;
  if (known?.delegator === delegator && known.parent === parent && now <= known.until) return undefined;
  const { id, delegatorId, capabilitiesDelegated, constraintSubset } = link.record;
  const path = links.slice(above);
  const ungiven = capabilitiesDelegated.find((capability) => !mayDo(now, delegator, path, capability));
  if (ungiven !== undefined) {
    return deny(
      'DELEGATION_WIDENED',
      `delegation ${id} gives '${ungiven}', which ${delegatorId} could not give`,
    );
  }
  const kept = new Set(constraintSubset.map((label) => label.toLowerCase()));
  const dropped = inheritedLabels(delegator, parent).find((label) => !kept.has(label.toLowerCase()));
  if (dropped !== undefined)
    return deny('DELEGATION_WIDENED', `delegation ${id} drops the constraint '${dropped}'`);
  const [forbids] = deployment.constraints.evaluateDelegation(
    inheritedLabels(delegator, parent),
    now,
  ).violations;
  if (forbids) return deny('DELEGATION_WIDENED', `${delegatorId} could not delegate: ${forbids.reason}`);
  // When one of the delegator's capabilities expires, the grant must be judged again.
  let until = Number.POSITIVE_INFINITY;
  for (const { expiresAt } of delegator.chain.capabilities) {
    const end = expiryOf(expiresAt);
    if (end >= now) until = Math.min(until, end);
  }
  link.grant = { delegator, parent, until };
  return undefined;
}
