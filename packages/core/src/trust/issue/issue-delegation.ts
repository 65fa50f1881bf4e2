import {
  boundDelegationId,
  type DelegationBinding,
  type DelegationRecord,
  delegationCodec,
  delegationSigningText,
  LEGACY_PAYLOAD,
  newNonce,
  type ReasoningTrace,
  reasoningSignaturePreimage,
  reasoningTraceHash,
} from '../../chain/index.js';
import { CapabilityNotHeldError, DelegationError, RevokedError } from '../../errors/index.js';
import type { LedgerEntry } from '../../store/index.js';
import { deepFreeze, earlier, type Timestamp } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import type { ReadSet } from '../read-set.js';
import { EXECUTE } from '../verify/capability-match.js';
import { type DelegationPath, findRevokedPerson, judgePath } from '../verify/delegation-path.js';
import { inheritedLabels, mayDo } from '../verify/delegation-rights.js';
import { deny } from '../verify/denial.js';
import { type ParsedChain, ParsedDelegation } from '../verify/parsed-records.js';
import { expectEnforceable } from './enforceable-labels.js';
import { expectSigningChain, type SigningChain } from './signing-gate.js';

/** A delegation to be signed, from copies, for one run, invocation and person. */
export interface DelegationTerms {
  /** Who gives. */
  readonly delegatorId: string;
  /** Who receives. */
  readonly delegateeId: string;
  /** The task that the record names. */
  readonly taskId: string;
  /** What is given. Undefined: every capability of the delegatee that the delegator can give, else `execute`. */
  readonly capabilities?: readonly string[] | undefined;
  /** Added to what the delegator itself is under. */
  readonly constraints: readonly string[];
  /** When it ends, at the latest. */
  readonly expiresAt: Timestamp | null;
  /** Why it is given. */
  readonly reasoningTrace?: ReasoningTrace | undefined;
  /** What it is for. */
  readonly binding: DelegationBinding;
  /** What the delegator acts under; null: its own right. */
  readonly parent: BoundDelegation | null;
}

/** A delegation and what it was made for. */
export interface BoundDelegation {
  readonly delegationId: string;
  readonly binding: DelegationBinding;
}

/** A delegation that was checked and signed. */
export interface IssuedDelegation {
  readonly record: DelegationRecord;
  /** What it was made for. */
  readonly binding: DelegationBinding;
  /** What the ledger keeps of it and of those above it, leaf first. */
  readonly entries: readonly LedgerEntry[];
  /** The delegation and those above it, leaf first. */
  readonly path: readonly ParsedDelegation[];
  /** The chains on whose strength it was made. */
  readonly delegators: readonly ParsedChain[];
}

/**
 * Checks that a delegation is the delegator's to give, and signs it. It is not stored.
 *
 * @throws CapabilityNotHeldError, DelegationError, TrustChainNotFoundError, InvalidTrustChainError, RevokedError.
 */
export async function issueDelegation(
  reads: ReadSet,
  terms: DelegationTerms,
  lasting = false,
): Promise<IssuedDelegation> {
  const { deployment } = reads;
  const { delegatorId, delegateeId, binding } = terms;
  if (lasting && terms.parent) throw lastingUnderDelegation(terms);
  const need = reads.need({
    agentIds: lasting ? [delegatorId] : [delegatorId, delegateeId],
    delegationId: terms.parent?.delegationId,
    persons: binding.person === null ? [] : [binding.person],
  });
  if (need) await need;
  const delegator = await expectSigningChain(deployment, delegatorId, reads);
  const path = terms.parent ? await pathActedUnder(reads, terms, terms.parent) : BY_OWN_RIGHT;
  expectLineage(deployment, terms, path);
  const capabilities = terms.capabilities ?? givableTo(reads, delegateeId, delegator.evidence, path);
  expectRights(deployment, delegatorId, delegator.evidence, path, capabilities);
  if (binding.person !== null) await expectPersonNotRevoked(reads, binding.person);
  if (!lasting) deployment.expectChain(delegateeId, reads.chain(delegateeId));
  const parent = path.links[0];
  const labels = [...new Set([...inheritedLabels(delegator.evidence, parent), ...terms.constraints])];
  // Only what is added can be wrong; but two windows that never meet are wrong together.
  if (terms.constraints.length > 0) expectEnforceable(deployment, labels);
  const nonce = newNonce();
  const record = await signDelegation(deployment, terms, delegator, {
    id: boundDelegationId(binding, nonce),
    // The ledger keeps whom a delegation was made for; a lasting one is in no ledger.
    ...(lasting && binding.person !== null && { unknownFields: { person: binding.person, nonce } }),
    capabilitiesDelegated: capabilities,
    constraintSubset: labels,
    expiresAt: earlier(
      earlier(terms.expiresAt, delegator.evidence.chain.genesis.expiresAt),
      lasting ? endOfRights(deployment, delegator.evidence, capabilities) : parent?.record.expiresAt,
    ),
    parentDelegationId: parent?.record.id ?? null,
    delegationChain: [...path.delegatorIds].reverse().concat(delegatorId, delegateeId),
    delegationDepth: path.links.length + 1,
  });
  const evidence = new ParsedDelegation(delegationCodec.encodeText(record), record);
  // It was signed a moment ago: its signature need not be checked to be known.
  evidence.goodUnder.add(delegator.authority.publicKey);
  deployment.delegations.put(record.id, evidence.text, evidence);
  return {
    record,
    binding,
    entries: [
      ledgerEntry(record, binding, nonce, evidence.text),
      ...(terms.parent ? reads.path(terms.parent.delegationId) : []),
    ],
    path: [evidence, ...path.links],
    delegators: [delegator.evidence],
  };
}

/** What a handoff gives where nobody names it: what the next agent can do itself, as far as the delegator can give it. */
function givableTo(
  reads: ReadSet,
  delegateeId: string,
  delegator: ParsedChain,
  path: DelegationPath,
): readonly string[] {
  const { deployment } = reads;
  const { evidence } = deployment.expectChain(delegateeId, reads.chain(delegateeId));
  const given = evidence.ownCapabilities.filter((name) => mayDo(deployment, delegator, path.links, name));
  return given.length > 0 ? given : [EXECUTE];
}

const ledgerEntry = (
  record: DelegationRecord,
  binding: DelegationBinding,
  nonce: string,
  text: string,
): LedgerEntry => ({
  delegationId: record.id,
  taskId: record.taskId,
  ...binding,
  nonce,
  delegatorId: record.delegatorId,
  delegateeId: record.delegateeId,
  parentDelegationId: record.parentDelegationId ?? null,
  text,
  status: 'in_force',
});

/** What is handed on for good must be one's own for good; what was given for a task ends with it. */
const lastingUnderDelegation = ({ delegatorId, taskId }: DelegationTerms): DelegationError =>
  new DelegationError('DELEGATION_REFUSED', `Agent '${delegatorId}' acts under a delegation in this task`, {
    expected: 'a lasting delegation by its own right',
    received: `one in task '${taskId}'`,
    remedy: 'Omit `parentDelegationId` to delegate by its own right, or omit `lasting`.',
    evidence: { delegatorId, taskId },
  });

/** When the first of the capabilities that a lasting delegation rests on ends. */
function endOfRights(
  deployment: Deployment,
  delegator: ParsedChain,
  capabilities: readonly string[],
): Timestamp | null {
  const ends = capabilities.map(
    (capability) => delegator.matchCapability(capability, deployment.now())?.expiresAt,
  );
  return ends.reduce<Timestamp | null>((first, end) => earlier(first, end), null);
}

const BY_OWN_RIGHT: DelegationPath = { links: [], delegatorIds: [] };

/** @throws DelegationError `DELEGATION_REFUSED` unless the delegation that the delegator acts under is in force. */
async function pathActedUnder(
  reads: ReadSet,
  { delegatorId, taskId }: DelegationTerms,
  { delegationId, binding }: BoundDelegation,
): Promise<DelegationPath> {
  const path = await judgePath(reads, { delegationId, delegateeId: delegatorId, binding });
  const record = 'code' in path ? undefined : path.links[0]?.record;
  const denial =
    'code' in path
      ? path
      : record?.taskId === taskId
        ? undefined
        : deny('DELEGATION_MISMATCH', `delegation ${delegationId} is for task ${record?.taskId}`);
  if (!denial) return path as DelegationPath;
  throw new DelegationError(
    'DELEGATION_REFUSED',
    `Agent '${delegatorId}' cannot delegate in task '${taskId}'`,
    {
      received: `${denial.code} (${denial.reason})`,
      remedy: 'The delegation that the delegator acts under must be in force.',
      evidence: { delegatorId, taskId, denial },
    },
  );
}

function expectLineage(deployment: Deployment, terms: DelegationTerms, path: DelegationPath): void {
  const { delegatorId, delegateeId } = terms;
  const depth = path.links.length + 1;
  const { maxDelegationDepth } = deployment.settings;
  if (depth > maxDelegationDepth) {
    throw new DelegationError('DELEGATION_DEPTH_EXCEEDED', `Delegating to '${delegateeId}' goes too deep`, {
      expected: `at most ${maxDelegationDepth} delegations one under another`,
      received: `${depth}`,
      remedy: 'Delegate from an agent nearer to the start, or raise maxDelegationDepth.',
      evidence: { delegatorId, delegateeId, depth },
    });
  }
  if (delegateeId === delegatorId || path.delegatorIds.includes(delegateeId)) {
    throw new DelegationError('DELEGATION_CYCLE', `Delegating to '${delegateeId}' would close a circle`, {
      received: [...path.delegatorIds].reverse().concat(delegatorId, delegateeId).join(' → '),
      remedy: 'An agent cannot receive back what was delegated onwards from it.',
      evidence: { delegatorId, delegateeId },
    });
  }
}

function expectRights(
  deployment: Deployment,
  delegatorId: string,
  delegator: ParsedChain,
  path: DelegationPath,
  capabilities: readonly string[],
): void {
  if (deployment.settings.strictDelegation && capabilities.includes(EXECUTE)) {
    throw new DelegationError(
      'DELEGATION_REFUSED',
      `strictDelegation does not allow delegating '${EXECUTE}'`,
      {
        expected: 'capabilities by name',
        received: `'${EXECUTE}'`,
        remedy: 'Name the capabilities that the delegatee needs; the delegator must hold them.',
        evidence: { delegatorId },
      },
    );
  }
  const unheld = capabilities.find((capability) => !mayDo(deployment, delegator, path.links, capability));
  if (unheld !== undefined) {
    const held =
      path.links[0]?.record.capabilitiesDelegated ?? delegator.chain.capabilities.map((c) => c.capability);
    throw new CapabilityNotHeldError(delegatorId, unheld, held);
  }
  const labels = inheritedLabels(delegator, path.links[0]);
  const [forbids] = deployment.constraints.evaluateDelegation(labels, deployment.now()).violations;
  if (forbids) {
    throw new DelegationError('DELEGATION_REFUSED', `Agent '${delegatorId}' may not delegate`, {
      received: `${forbids.constraint}: ${forbids.reason}`,
      remedy: 'Let an agent without this constraint delegate.',
      evidence: { delegatorId, constraint: forbids.constraint },
    });
  }
}

async function expectPersonNotRevoked(reads: ReadSet, person: string): Promise<void> {
  const denial = await findRevokedPerson(reads, person);
  if (denial) throw new RevokedError(`person ${person}`, denial.reason);
}

async function signDelegation(
  deployment: Deployment,
  { delegatorId, delegateeId, taskId, reasoningTrace }: DelegationTerms,
  { authority }: SigningChain,
  content: Pick<
    DelegationRecord,
    | 'id'
    | 'unknownFields'
    | 'capabilitiesDelegated'
    | 'constraintSubset'
    | 'expiresAt'
    | 'parentDelegationId'
    | 'delegationChain'
    | 'delegationDepth'
  >,
): Promise<DelegationRecord> {
  const record: DelegationRecord = {
    delegatorId,
    delegateeId,
    taskId,
    ...content,
    delegatedAt: deployment.timestamp(),
    signingPayloadVersion: LEGACY_PAYLOAD,
    ...(reasoningTrace && { reasoningTrace, reasoningTraceHash: reasoningTraceHash(reasoningTrace) }),
  };
  const signature = await deployment.sign(delegationSigningText(record), authority);
  if (!reasoningTrace) return deepFreeze({ ...record, signature });
  const reasoningSignature = await deployment.sign(
    reasoningSignaturePreimage(record.id, reasoningTrace),
    authority,
  );
  return deepFreeze({ ...record, reasoningSignature, signature });
}
