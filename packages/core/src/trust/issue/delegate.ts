import {
  type DelegationRecord,
  delegationCodec,
  delegationSigningText,
  type HumanOrigin,
  LEGACY_PAYLOAD,
  newId,
  type ReasoningTrace,
  reasoningSignaturePreimage,
  reasoningTraceHash,
} from '../../chain/index.js';
import {
  CapabilityNotHeldError,
  DelegationError,
  describe,
  InvalidArgumentError,
  RevokedError,
} from '../../errors/index.js';
import { deepFreeze, earlier, type Timestamp } from '../../wire/index.js';
import { expectHumanOrigin } from '../audit/audit.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { EXECUTE, expectDelegatedCapabilities } from '../verify/capability-match.js';
import { type DelegationPath, inheritedLabels, judgePath, mayDo } from '../verify/delegation-path.js';
import { type ParsedChain, ParsedDelegation } from '../verify/parsed-records.js';
import { expectAgentId, expectLabels, parseExpiry } from './establish.js';
import { storeLasting } from './lasting-delegation.js';
import { expectSigningChain, type SigningChain } from './signing-gate.js';

export interface DelegateRequest {
  readonly delegatorId: string;
  readonly delegateeId: string;
  readonly taskId: string;
  /** What is given. `execute` means "do your own job". */
  readonly capabilities: readonly string[];
  /** Beside those that the delegator itself is under, which always pass on. */
  readonly additionalConstraints?: readonly string[];
  /** Never later than the delegator's own trust, nor than the delegation it acts under. */
  readonly expiresAt?: Date | Timestamp;
  readonly humanOrigin?: HumanOrigin;
  readonly reasoningTrace?: ReasoningTrace;
  /**
   * The delegation under which the delegator acts. Default: the one in force for it in this task, if any.
   * Null: by its own right.
   */
  readonly parentDelegationId?: string | null;
  readonly runId?: string;
  /** True writes it into the delegatee's chain for good; false (default) into the ledger for this task only. */
  readonly lasting?: boolean;
}

export interface Delegated {
  readonly record: DelegationRecord;
  readonly path: readonly ParsedDelegation[];
  /** The chain on whose strength it was made. */
  readonly delegators: readonly ParsedChain[];
}

/** Makes and stores a delegation, after checking that it is the delegator's to give. */
export async function delegate(deployment: Deployment, request: DelegateRequest): Promise<Delegated> {
  const { delegatorId, delegateeId, taskId } = request;
  expectTaskId(taskId);
  expectAgentId(delegateeId);
  expectHumanOrigin(request.humanOrigin);
  const capabilities = expectDelegatedCapabilities(request.capabilities);
  const added = expectLabels(request.additionalConstraints ?? []);
  if (request.lasting) await refuseUnderDelegation(deployment, request);
  const reads = new ReadSet(deployment);
  if (!request.lasting) await reads.needChains([delegatorId, delegateeId]);
  const delegator = await expectSigningChain(deployment, delegatorId, reads);
  const path =
    request.parentDelegationId === null || request.lasting
      ? BY_OWN_RIGHT
      : await pathActedUnder(reads, request, delegator, capabilities);
  checkLineage(deployment, request, path);
  checkRights(deployment, delegatorId, delegator.evidence, path, capabilities);
  if (request.humanOrigin) await checkHuman(deployment, request.humanOrigin);
  const parent = path.links[0];
  const record = await signDelegation(deployment, request, delegator, {
    capabilitiesDelegated: capabilities,
    constraintSubset: [...new Set([...inheritedLabels(delegator.evidence, parent), ...added])],
    expiresAt: earlier(
      earlier(parseExpiry(deployment, request.expiresAt), delegator.evidence.chain.genesis.expiresAt),
      request.lasting ? endOfRights(deployment, delegator.evidence, capabilities) : parent?.record.expiresAt,
    ),
    parentDelegationId: parent?.record.id ?? null,
    delegationChain: [...path.delegatorIds].reverse().concat(delegatorId, delegateeId),
    delegationDepth: path.links.length + 1,
  });
  const evidence = new ParsedDelegation(delegationCodec.encodeText(record), record);
  if (request.lasting) {
    await storeLasting(deployment, record, delegator);
  } else {
    deployment.expectChain(delegateeId, reads.chain(delegateeId));
    await deployment.store.commit([
      {
        op: 'add_delegation',
        entry: {
          delegationId: record.id,
          taskId,
          runId: request.runId ?? null,
          delegatorId,
          delegateeId,
          parentDelegationId: record.parentDelegationId ?? null,
          invocationId: null,
          person: request.humanOrigin?.humanId ?? null,
          nonce: '',
          text: evidence.text,
          status: 'in_force',
        },
      },
    ]);
    // Made here a moment ago: that the signature is good need not be found out again.
    evidence.goodUnder.add(delegator.authority.publicKey);
    deployment.delegations.put(record.id, evidence.text, evidence);
  }
  return { record, path: [evidence, ...path.links], delegators: [delegator.evidence] };
}

/** What is handed on for good must be one's own for good; what was given for a task ends with it. */
async function refuseUnderDelegation(deployment: Deployment, request: DelegateRequest): Promise<void> {
  const { delegatorId, taskId, parentDelegationId } = request;
  const given = await deployment.store.findDelegations({
    taskId,
    delegateeId: delegatorId,
    status: 'in_force',
  });
  if (given.length === 0 && (parentDelegationId ?? null) === null) return;
  throw new DelegationError(
    'DELEGATION_REFUSED',
    `Agent '${delegatorId}' acts under a delegation in this task`,
    {
      expected: 'a lasting delegation by its own right',
      received: `one in task '${taskId}'`,
      remedy: 'Let the delegator delegate for good in a task of its own, or leave `lasting` out.',
      evidence: { delegatorId, taskId },
    },
  );
}

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

async function pathActedUnder(
  reads: ReadSet,
  request: DelegateRequest,
  delegator: SigningChain,
  capabilities: readonly string[],
): Promise<DelegationPath> {
  const { deployment } = reads;
  const { delegatorId, taskId, runId, parentDelegationId } = request;
  let candidates: string[];
  if (typeof parentDelegationId === 'string') candidates = [parentDelegationId];
  else {
    const entries = await deployment.store.findDelegations({
      taskId,
      runId,
      delegateeId: delegatorId,
      status: 'in_force',
    });
    candidates = entries.map((entry) => entry.delegationId).reverse();
  }
  let first: DelegationPath | undefined;
  for (const delegationId of candidates) {
    // One that is named may be of the run around this one, of the same task.
    const path = await judgePath(reads, { delegationId, delegateeId: delegatorId, taskId });
    if ('code' in path) {
      throw new DelegationError(
        'DELEGATION_REFUSED',
        `Agent '${delegatorId}' cannot delegate in task '${taskId}'`,
        {
          received: `${path.code} (${path.reason})`,
          remedy: 'The delegation that the delegator acts under must be in force.',
          evidence: { delegatorId, taskId, denial: path },
        },
      );
    }
    if (capabilities.every((capability) => mayDo(deployment, delegator.evidence, path.links, capability)))
      return path;
    first ??= path;
  }
  return first ?? BY_OWN_RIGHT;
}

function checkLineage(deployment: Deployment, request: DelegateRequest, path: DelegationPath): void {
  const { delegatorId, delegateeId } = request;
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

function checkRights(
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

async function checkHuman(deployment: Deployment, humanOrigin: HumanOrigin): Promise<void> {
  const [revoked] = await deployment.store.readRevocations('person', [humanOrigin.humanId]);
  if (revoked) throw new RevokedError(`human ${humanOrigin.humanId}`, revoked.reason);
}

async function signDelegation(
  deployment: Deployment,
  { delegatorId, delegateeId, taskId, humanOrigin, reasoningTrace }: DelegateRequest,
  { authority }: SigningChain,
  content: Pick<
    DelegationRecord,
    | 'capabilitiesDelegated'
    | 'constraintSubset'
    | 'expiresAt'
    | 'parentDelegationId'
    | 'delegationChain'
    | 'delegationDepth'
  >,
): Promise<DelegationRecord> {
  const record: DelegationRecord = {
    id: newId('del'),
    delegatorId,
    delegateeId,
    taskId,
    ...content,
    delegatedAt: deployment.timestamp(),
    signingPayloadVersion: LEGACY_PAYLOAD,
    ...(humanOrigin && { humanOrigin }),
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

export function expectTaskId(taskId: unknown): void {
  if (typeof taskId === 'string' && taskId.length > 0 && taskId.length <= 256) return;
  throw new InvalidArgumentError('This is not a task id', {
    expected: 'a text of 1 to 256 characters',
    received: describe(taskId),
    remedy: "Use an id such as 'analysis-001'.",
  });
}
