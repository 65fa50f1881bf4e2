import { type DelegationBinding, LEGACY_PAYLOAD } from '../../chain/index.js';
import type { LedgerEntry } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import type { ReadSet } from '../read-set.js';
import { EXECUTE } from './capability-match.js';
import { checkSignatures } from './chain-delegations.js';
import { judgeKnownSignatures } from './chain-signatures.js';
import { inheritedLabels, mayDo } from './delegation-rights.js';
import { type Denial, deny } from './denial.js';
import { expiryOf, ParsedChain, ParsedDelegation, Unreadable } from './parsed-records.js';

/** A task-scoped delegation and those it was made under, each found to be in force and the delegator's to give. */
export interface DelegationPath {
  /** Leaf first. */
  readonly links: readonly ParsedDelegation[];
  /** The agents that handed it down, the last delegator first. */
  readonly delegatorIds: readonly string[];
  /** When the first of the delegators' rights ends, in milliseconds since the epoch. Default: never. */
  readonly delegatorsUntil?: number;
}

/** A delegation that is to be judged, and what the one who asks knows about it. */
export interface PathRequest {
  /** The delegation that the agent acts under. */
  readonly delegationId: string;
  /** The agent that acts. */
  readonly delegateeId: string;
  /** What it must have been made for; undefined only where the question is whether it is in force at all. */
  readonly binding?: DelegationBinding | undefined;
  /** Checks every signature again. */
  readonly fresh?: boolean;
}

/** Judges a delegation and those that it was made under: in force, as signed, unexpired, and the delegators' to give. */
export async function judgePath(reads: ReadSet, request: PathRequest): Promise<DelegationPath | Denial> {
  const { deployment } = reads;
  const { delegationId } = request;
  const needPath = reads.need({ delegationId });
  if (needPath) await needPath;
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
    const link = readLink(
      deployment,
      entries[i] as LedgerEntry,
      i === 0 ? request : undefined,
      entries[i - 1],
    );
    if (!(link instanceof ParsedDelegation)) return link;
    links.push(link);
  }
  const last = links.at(-1) as ParsedDelegation;
  if (last.record.parentDelegationId) {
    return deny('DELEGATION_NOT_FOUND', `delegation ${last.record.parentDelegationId} is not in the ledger`);
  }
  const person = (entries[0] as LedgerEntry).person;
  const denial =
    (person === null ? undefined : await findRevokedPerson(reads, person)) ??
    (await judgeDelegators(reads, links, request.fresh === true));
  if (denial) return denial;
  return {
    links,
    delegatorIds: links.map((link) => link.record.delegatorId),
    delegatorsUntil: endOfDelegators(links),
  };
}

/** When the first of the rights that the delegators gave from ends. Known once their grants were judged. */
function endOfDelegators(links: readonly ParsedDelegation[]): number {
  let end = Number.POSITIVE_INFINITY;
  for (const { grant } of links) end = Math.min(end, grant?.until ?? end, grant?.delegator.expiresAt ?? end);
  return end;
}

/** What the ledger says of a link, and whether the record itself says the same. */
function readLink(
  deployment: Deployment,
  entry: LedgerEntry,
  request: PathRequest | undefined,
  child: LedgerEntry | undefined,
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
  return (
    findBindingDenial(evidence, entry, request, child) ?? findTermsDenial(deployment, evidence) ?? evidence
  );
}

/** Whether a delegation was made for what it is used for: its signed id is a digest of that. */
function findBindingDenial(
  evidence: ParsedDelegation,
  entry: LedgerEntry,
  request: PathRequest | undefined,
  child: LedgerEntry | undefined,
): Denial | undefined {
  const { record } = evidence;
  if (!evidence.isBoundTo(entry, entry.nonce))
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
    : deny('DELEGATION_MISMATCH', `delegation ${child.delegationId} does not follow from ${record.id}`);
}

function findTermsDenial(
  deployment: Deployment,
  { record, expiresAt }: ParsedDelegation,
): Denial | undefined {
  if ((record.signingPayloadVersion ?? LEGACY_PAYLOAD) !== LEGACY_PAYLOAD) {
    // The cross-SDK forms sign neither task nor constraints, so they prove nothing for one task.
    return deny('DELEGATION_MISMATCH', `delegation ${record.id} does not sign its task`);
  }
  if (deployment.now() > expiresAt) return deny('DELEGATION_EXPIRED', `delegation ${record.id} has expired`);
  if (deployment.settings.strictDelegation && record.capabilitiesDelegated.includes(EXECUTE)) {
    return deny(
      'DELEGATION_SCOPE',
      `delegation ${record.id} names '${EXECUTE}', which strictDelegation forbids`,
    );
  }
  return undefined;
}

/** Whether all that came from a person is revoked. */
export async function findRevokedPerson(reads: ReadSet, person: string): Promise<Denial | undefined> {
  const need = reads.need({ persons: [person] });
  if (need) await need;
  const revoked = reads.revokedPerson(person);
  return revoked && deny('REVOKED', `all that came from ${person} is revoked: ${revoked.reason}`);
}

/** Whether each delegator is trusted, signed what it gave, and could give it. */
async function judgeDelegators(
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
      delegator.constraintsDenial ??
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
  // When a capability of the delegator's expires, what it could give must be judged again.
  let until = Number.POSITIVE_INFINITY;
  for (const { expiresAt } of delegator.chain.capabilities) {
    const end = expiryOf(expiresAt);
    if (end >= deployment.now()) until = Math.min(until, end);
  }
  link.grant = { delegator, parent, until };
  return undefined;
}
