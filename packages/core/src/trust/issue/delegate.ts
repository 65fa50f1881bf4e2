import {
  boundDelegationId,
  type DelegationBinding,
  type DelegationRecord,
  delegationCodec,
  delegationSigningText,
  type HumanOrigin,
  LEGACY_PAYLOAD,
  newNonce,
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
import { pseudonymOf } from '../persons.js';
import { ReadSet } from '../read-set.js';
import type { LedgerEntry } from '../../store/index.js';
import { deny } from '../verify/denial.js';
import { findRevokedPerson } from '../verify/delegation-path.js';
import { EXECUTE, expectDelegatedCapabilities } from '../verify/capability-match.js';
import { type DelegationPath, inheritedLabels, judgePath, mayDo } from '../verify/delegation-path.js';
import { type ParsedChain, ParsedDelegation } from '../verify/parsed-records.js';
import { expectAgentId, expectLabels, parseExpiry } from './establish.js';
import { storeLasting } from './lasting-delegation.js';
import { issueDelegation } from './issue-delegation.js';
import { expectSigningChain } from './signing-gate.js';

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
   * The delegation under which the delegator acts: one that was made outside runs, for the same person.
   * Default: null, by its own right.
   */
  readonly parentDelegationId?: string | null;
  /** True offers it to the delegatee for good; false (default) writes it into the ledger for this task only. */
  readonly lasting?: boolean;
}

/** Makes and stores a delegation outside runs, after checking that it is the delegator's to give. */
export async function delegate(deployment: Deployment, request: DelegateRequest): Promise<DelegationRecord> {
  const { delegatorId, delegateeId, taskId, humanOrigin, parentDelegationId, reasoningTrace } = request;
  expectTaskId(taskId);
  expectAgentId(delegateeId);
  expectHumanOrigin(humanOrigin);
  const person = humanOrigin ? await pseudonymOf(deployment, humanOrigin.humanId) : null;
  const binding: DelegationBinding = { runId: null, invocationId: null, person };
  const reads = new ReadSet(deployment);
  const issued = await issueDelegation(
    reads,
    {
      delegatorId,
      delegateeId,
      taskId,
      capabilities: expectDelegatedCapabilities(request.capabilities),
      constraints: expectLabels(request.additionalConstraints ?? []),
      expiresAt: parseExpiry(deployment, request.expiresAt),
      reasoningTrace,
      binding,
      parent: parentDelegationId ? { delegationId: parentDelegationId, binding } : null,
    },
    request.lasting === true,
  );
  if (request.lasting) {
    await storeLasting(deployment, issued.record, await expectSigningChain(deployment, delegatorId, reads));
  } else await deployment.store.commit([{ op: 'add_delegation', entry: issued.entry }]);
  return issued.record;
}

export function expectTaskId(taskId: unknown): void {
  if (typeof taskId === 'string' && taskId.length > 0 && taskId.length <= 256) return;
  throw new InvalidArgumentError('This is not a task id', {
    expected: 'a text of 1 to 256 characters',
    received: describe(taskId),
    remedy: "Use an id such as 'analysis-001'.",
  });
}
