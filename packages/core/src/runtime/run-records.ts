import type { AuditAnchor, DelegationRecord, UsageTotal } from '../chain/index.js';
import type { EatpError } from '../errors/index.js';
import type { Grants } from '../invocation/grants.js';
import {
  describeDenial,
  describeError,
  type OuterInvocation,
  outerContext,
} from '../invocation/invocation.js';
import type { PendingDelegations } from '../invocation/pending-delegations.js';
import { type AskedDelegation, refusedDelegation } from '../invocation/refused-delegation.js';
import { traceContext } from '../invocation/trace-parent.js';
import { redact } from '../secrets/redaction.js';
import type { StoreWrite } from '../store/index.js';
import type { AnchorDraft } from '../trust/audit/anchor.js';
import { recordDenial } from '../trust/audit/record-denial.js';
import type { RunTrail } from '../trust/audit/run-trail.js';
import { signerFor } from '../trust/audit/trail-signer.js';
import type { Deployment } from '../trust/deployment.js';
import { type Person, personContext } from '../trust/persons.js';
import { ReadSet } from '../trust/read-set.js';
import { PARTICIPATION } from '../trust/verify/capability-match.js';
import type { Denial } from '../trust/verify/denial.js';
import type { CapturedValue } from '../values/index.js';
import type { JsonObject, JsonValue } from '../wire/index.js';
import { approvalContext, type SettledApproval } from './approvals/approval-context.js';
import { firstToSign, tellsOf, unrecordedEnd, withRun } from './failed-run.js';
import type { ParsedShare } from './pattern-requests.js';
import type { Run } from './run.js';

/** The sources of the records of a run. */
export interface RunRecordsOptions {
  /** The deployment whose keys sign the records. */
  readonly deployment: Deployment;
  /** The run. */
  readonly run: Run;
  /** The name of the pattern. */
  readonly pattern: string;
  /** The trail of the run. */
  readonly trail: RunTrail;
  /** The delegations of the run. */
  readonly grants: Grants;
  /** The delegations that are not stored yet. */
  readonly pending: PendingDelegations;
  /** The person on whose behalf the run acts. */
  readonly person: Person | undefined;
  /** The invocation in which the run was started. */
  readonly outer: OuterInvocation | undefined;
  /** The delegations of the run, oldest first. */
  readonly delegations: readonly DelegationRecord[];
  /** The usage that agents reported. */
  readonly reported: UsageTotal;
}

/** Records the events of a run besides its invocations: denials, shared values and the end. */
export class RunRecords {
  /** The trail with this id belongs to another run, and this run must not write to it. */
  isTaken = false;

  constructor(private readonly of: RunRecordsOptions) {}

  /** The anchors of the run, oldest first. */
  get anchors(): readonly AuditAnchor[] {
    return Object.freeze([...this.of.trail.anchors]);
  }

  /** Records that an agent was denied something other than an invocation. @returns the denial to report. */
  async denied(
    agentId: string,
    action: string,
    denial: Denial,
    delegationId: string | null,
    also?: readonly StoreWrite[],
  ): Promise<Denial> {
    const context = {
      ...this.#base(),
      delegation_id: delegationId,
      outcome: 'denied',
      denial: describeDenial(denial),
    };
    return recordDenial(denial, () =>
      this.#appendIfSigned({ agentId, action, result: 'denied', context }, also),
    );
  }

  /** Records that an agent was not allowed to delegate; does nothing after any other error. */
  async refusedDelegation(
    id: string,
    delegationId: string | null,
    asked: AskedDelegation,
    error: unknown,
  ): Promise<void> {
    const draft = refusedDelegation({ id, delegationId, place: this.#base() }, asked, error);
    if (draft) await this.#appendIfSigned(draft);
  }

  /** A record that nothing can sign must not count as a failure of the trail. */
  async #appendIfSigned(draft: AnchorDraft, also?: readonly StoreWrite[]): Promise<void> {
    await signerFor(new ReadSet(this.of.deployment), draft);
    await this.#append(draft, also);
  }

  /** Records that an agent shared a value with the other agents. */
  async shared(
    agentId: string,
    { action, result, details }: ParsedShare,
    value: CapturedValue,
    delegationId: string | null,
    also?: readonly StoreWrite[],
  ): Promise<void> {
    const context = {
      ...this.#base(),
      delegation_id: delegationId,
      outcome: result,
      value_digest: value.digest,
      ...(details && { details: redact(details) as JsonObject }),
    };
    await this.#append({ agentId, action, result, context }, also);
  }

  /** Records the outcome of an approval request, with the signed answers, in the name of the agent that leads. */
  async approval(agentId: string, settled: SettledApproval, also: readonly StoreWrite[]): Promise<void> {
    const result = settled.approval.granted ? 'success' : 'denied';
    const approval = approvalContext(settled);
    const context = { ...this.#base(), delegation_id: null, outcome: result, approval };
    await this.#append({ agentId, action: PARTICIPATION, result, context }, also);
  }

  /** Records that the run has succeeded. @throws StoreError. */
  async completed(agentId: string, result: CapturedValue, also?: readonly StoreWrite[]): Promise<void> {
    const content = { output_digest: result.digest, ...(result.isOpaque && { output_opaque: true }) };
    const { draft, options } = this.#ending(agentId, 'orchestration_complete', 'success', content, also);
    // If it cannot be stored, the run has failed, and that is recorded instead: a run ends once.
    await this.of.trail.append(draft, { ...options, nowOrNever: true });
    this.of.grants.forget();
  }

  /**
   * Records that the run has failed, signed by the first of the agents that can. After a failed write, this happens in the background, as soon as the store works.
   *
   * @returns the error to reject with; it carries the records of the run.
   */
  async failed(
    agentIds: readonly string[],
    error: EatpError,
    also?: readonly StoreWrite[],
  ): Promise<EatpError> {
    const { trail } = this.of;
    if (this.isTaken) return withRun(error, this.#left());
    const [leaderId] = agentIds as readonly [string];
    const content = { error: describeError(error) };
    if (trail.failure) {
      const { draft, options } = this.#ending(leaderId, 'orchestration_failed', 'failure', content, also);
      trail.appendLate(draft, options);
      return withRun(error, this.#left());
    }
    try {
      // A record that nothing can sign must not count as a failure of the trail.
      const agentId = await firstToSign(this.of.deployment, agentIds);
      const { draft, options } = this.#ending(agentId, 'orchestration_failed', 'failure', content, also);
      await trail.append(draft, options);
      this.of.grants.forget();
      return withRun(error, this.#left());
    } catch (second) {
      return withRun(
        tellsOf(error, second) ? error : unrecordedEnd(this.of.run.runId, error, second),
        this.#left(),
      );
    }
  }

  #ending(
    agentId: string,
    action: string,
    result: 'success' | 'failure',
    content: Readonly<Record<string, JsonValue>>,
    also: readonly StoreWrite[] = [],
  ) {
    const { run, pattern, trail, delegations, pending } = this.of;
    const draft: AnchorDraft = {
      agentId,
      action,
      result,
      context: {
        ...this.#base(),
        pattern,
        entries: trail.length + 1,
        delegations: delegations.length,
        outcome: result,
        ...content,
      },
    };
    const closing = { op: 'close_delegations', runId: run.runId } as const;
    return { draft, options: { with: [closing, ...also], commit: { pending } } };
  }

  async #append(draft: AnchorDraft, also?: readonly StoreWrite[]): Promise<void> {
    await this.of.trail.append(draft, { with: also, commit: { pending: this.of.pending } });
  }

  #base(): JsonObject {
    const { run, person, outer } = this.of;
    return {
      task_id: run.taskId,
      initiator_id: run.request.initiatorId ?? null,
      ...(person && { person: personContext(person) }),
      ...outerContext(outer),
      ...traceContext(run.trace),
    };
  }

  #left() {
    const { run, trail, delegations, reported } = this.of;
    return {
      runId: run.runId,
      taskId: run.taskId,
      auditTrail: Object.freeze([...trail.anchors]),
      delegations: Object.freeze([...delegations]),
      usage: reported.usage,
    };
  }
}
