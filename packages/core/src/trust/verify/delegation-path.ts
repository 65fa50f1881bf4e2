import { LEGACY_PAYLOAD } from '../../chain/index.js';
import type { LedgerEntry } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import type { ReadSet } from '../read-set.js';
import { capabilityContains, EXECUTE } from './capability-match.js';
import { checkSignatures } from './chain-delegations.js';
import { judgeKnownSignatures } from './chain-signatures.js';
import { type Denial, deny } from './denial.js';
import { expiryOf, ParsedChain, ParsedDelegation, Unreadable } from './parsed-records.js';

/** A task-scoped delegation and those it was made under, each found to be in force and the delegator's to give. */
export interface DelegationPath {
  /** Leaf first. */
  readonly links: readonly ParsedDelegation[];
  readonly delegatorIds: readonly string[];
}

export interface PathRequest {
  readonly delegationId: string;
  readonly delegateeId: string;
  readonly taskId?: string;
  readonly runId?: string;
  readonly fresh?: boolean;
}

export async function judgePath(reads: ReadSet, request: PathRequest): Promise<DelegationPath | Denial> {
  const { deployment } = reads;
  const entries = await deployment.store.readDelegationPath(request.delegationId);
  if (entries.length === 0)
    return deny('DELEGATION_NOT_FOUND', `delegation ${request.delegationId} is not in the ledger`);
  if (entries.length > deployment.settings.maxDelegationDepth) {
    return deny(
      'DELEGATION_MISMATCH',
      `the delegation is ${entries.length} deep, beyond ${deployment.settings.maxDelegationDepth}`,
    );
  }
  const links: ParsedDelegation[] = [];
  for (const [i, entry] of entries.entries()) {
    const link = readLink(deployment, entry, i === 0 ? request : undefined, links.at(-1));
    if (!(link instanceof ParsedDelegation)) return link;
    links.push(link);
  }
  const last = links.at(-1) as ParsedDelegation;
  if (last.record.parentDelegationId) {
    return deny('DELEGATION_NOT_FOUND', `delegation ${last.record.parentDelegationId} is not in the ledger`);
  }
  const hasHuman = entries.some((entry) => entry.person !== null);
  const denial =
    (hasHuman ? await checkHumans(deployment, entries) : undefined) ??
    (await checkDelegators(reads, links, request.fresh === true));
  return denial ?? { links, delegatorIds: links.map((link) => link.record.delegatorId) };
}

/** What the ledger says of a link, and whether the record itself says the same. */
function readLink(
  deployment: Deployment,
  entry: LedgerEntry,
  request: PathRequest | undefined,
  child: ParsedDelegation | undefined,
): ParsedDelegation | Denial {
  const evidence = deployment.delegationEvidence(entry);
  if (evidence instanceof Unreadable) return deny('DELEGATION_MISMATCH', evidence.reason);
  const { record } = evidence;
  if (entry.status !== 'in_force')
    return deny('DELEGATION_NOT_IN_FORCE', `delegation ${record.id} is ${entry.status}`);
  const isSame =
    record.id === entry.delegationId &&
    record.taskId === entry.taskId &&
    record.delegatorId === entry.delegatorId &&
    record.delegateeId === entry.delegateeId &&
    (record.parentDelegationId ?? null) === entry.parentDelegationId;
  if (!isSame)
    return deny('DELEGATION_MISMATCH', `the ledger's entry ${entry.delegationId} and its record differ`);
  if (request && record.delegateeId !== request.delegateeId) {
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} is for ${record.delegateeId}`);
  }
  if (request?.taskId !== undefined && record.taskId !== request.taskId) {
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} is for task ${record.taskId}`);
  }
  if (request?.runId !== undefined && entry.runId !== request.runId) {
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} is of another run`);
  }
  if (child && (child.record.delegatorId !== record.delegateeId || child.record.taskId !== record.taskId)) {
    return deny('DELEGATION_MISMATCH', `delegation ${child.record.id} does not follow from ${record.id}`);
  }
  if ((record.signingPayloadVersion ?? LEGACY_PAYLOAD) !== LEGACY_PAYLOAD) {
    // The cross-SDK forms sign neither task nor constraints, so they prove nothing for one task.
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} does not sign its task`);
  }
  if (deployment.now() > evidence.expiresAt)
    return deny('DELEGATION_EXPIRED', `delegation ${record.id} has expired`);
  if (deployment.settings.strictDelegation && record.capabilitiesDelegated.includes(EXECUTE)) {
    return deny(
      'DELEGATION_SCOPE',
      `delegation ${record.id} names '${EXECUTE}', which strictDelegation forbids`,
    );
  }
  return evidence;
}

async function checkHumans(
  deployment: Deployment,
  entries: readonly LedgerEntry[],
): Promise<Denial | undefined> {
  const humans = [...new Set(entries.flatMap((entry) => entry.person ?? []))];
  const [revoked] = await deployment.store.readRevocations('person', humans);
  return revoked && deny('REVOKED', `all that came from ${revoked.subjectId} is revoked: ${revoked.reason}`);
}

/** Whether each delegator is trusted, signed what it gave, and could give it. */
async function checkDelegators(
  reads: ReadSet,
  links: readonly ParsedDelegation[],
  fresh: boolean,
): Promise<Denial | undefined> {
  const needChains = reads.needChains(links.map((link) => link.record.delegatorId));
  if (needChains) await needChains;
  for (let i = links.length - 1; i >= 0; i--) {
    const link = links[i] as ParsedDelegation;
    const delegator = delegatorOf(reads, link);
    if (!(delegator instanceof ParsedChain)) return delegator;
    const needAuthorities = reads.needAuthorities(delegator.authorityIds);
    if (needAuthorities) await needAuthorities;
    const denial =
      judgeKnownSignatures(reads, delegator, fresh) ??
      checkSignature(reads, link, delegator, fresh) ??
      checkGrant(reads.deployment, link, delegator, links.slice(i + 1));
    if (denial) return denial;
  }
  return undefined;
}

function delegatorOf(reads: ReadSet, link: ParsedDelegation): ParsedChain | Denial {
  const { deployment } = reads;
  const { id, delegatorId } = link.record;
  const stored = reads.chain(delegatorId);
  if (!stored?.active) {
    return deny('DELEGATOR_NOT_TRUSTED', `delegator ${delegatorId} of ${id} has no chain in force`);
  }
  const delegator = deployment.chainEvidence(stored);
  if (delegator instanceof Unreadable) {
    return deny('DELEGATOR_NOT_TRUSTED', `chain of ${delegatorId}: ${delegator.reason}`);
  }
  return delegator.chain.agentId === delegatorId && deployment.now() <= delegator.expiresAt
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
  if (!authority) return deny('AUTHORITY_UNKNOWN', `authority ${authorityId} is unknown`);
  if (!fresh && link.goodUnder.has(authority.publicKey)) return undefined;
  const denial = checkSignatures(link.record, authority);
  if (!denial) link.goodUnder.add(authority.publicKey);
  return denial;
}

/** Whether a delegator could give what it gave: nothing it may not do itself, and no limit left out. */
function checkGrant(
  deployment: Deployment,
  link: ParsedDelegation,
  delegator: ParsedChain,
  above: readonly ParsedDelegation[],
): Denial | undefined {
  const parent = above[0];
  const known = link.grant;
  if (known?.delegator === delegator && known.parent === parent && deployment.now() <= known.until)
    return undefined;
  const { id, delegatorId, capabilitiesDelegated, constraintSubset } = link.record;
  const ungiven = capabilitiesDelegated.find(
    (capability) => !mayDo(deployment, delegator, above, capability),
  );
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
    deployment.now(),
  ).violations;
  if (forbids) return deny('DELEGATION_WIDENED', `${delegatorId} could not delegate: ${forbids.reason}`);
  const until = Math.min(
    ...delegator.chain.capabilities.map((c) => expiryOf(c.expiresAt)),
    Number.POSITIVE_INFINITY,
  );
  link.grant = { delegator, parent, until };
  return undefined;
}

/** The limits that a delegator passes on: those of its chain and those it acts under. */
export const inheritedLabels = (
  delegator: ParsedChain,
  parent: ParsedDelegation | undefined,
): readonly string[] =>
  parent ? [...new Set([...delegator.labels, ...parent.record.constraintSubset])] : delegator.labels;

/**
 * Whether an agent may do something under a path of delegations (leaf first; none: by its own right).
 *
 * A delegation that names capabilities gives those and no others. One of `execute` means "do your own job": own
 * capabilities, as far as the delegations above allow. To be invoked at all (`execute`) follows from any delegation.
 */
export function mayDo(
  deployment: Deployment,
  agent: ParsedChain,
  path: readonly ParsedDelegation[],
  action: string,
): boolean {
  const owns = agent.matchCapability(action, deployment.now()) !== undefined;
  const [leaf, ...above] = path;
  if (!leaf) return owns;
  if (names(leaf, action)) return true;
  if (action === EXECUTE) return owns;
  return isOwnJob(leaf) && owns && withinScope(above, action);
}

function withinScope(path: readonly ParsedDelegation[], action: string): boolean {
  return path.every((link) => isOwnJob(link) || names(link, action));
}

const names = (link: ParsedDelegation, action: string): boolean =>
  link.record.capabilitiesDelegated.some((capability) => capabilityContains(capability, action));

const isOwnJob = (link: ParsedDelegation): boolean => link.record.capabilitiesDelegated.includes(EXECUTE);
