import type { EatpError } from '../../errors/index.js';
import type { Actor } from '../../invocation/actor.js';
import type { Approval, ApprovalRequest } from '../../invocation/approval-request.js';
import { type Basis, defaultAction } from '../../invocation/basis.js';
import type { CallStep } from '../../invocation/call-step.js';
import type { Call } from '../../invocation/lifecycle.js';
import type { Work } from '../../invocation/session-options.js';
import type {
  AgentHandle,
  DelegateOptions,
  DelegationGrant,
  InvokeOptions,
  PatternVerifyOptions,
  ShareOptions,
} from '../../pattern/pattern.js';
import type { Deployment } from '../../trust/deployment.js';
import { ParsedDelegation } from '../../trust/verify/parsed-records.js';
import type { VerificationResult } from '../../trust/verify/types.js';
import { type CapturedValue, captureValue, frozenCopy, type ValueLimits } from '../../values/index.js';
import { canonicalJson, sha256Hex, toJsonValue } from '../../wire/index.js';
import { Approvals } from '../approvals/approvals.js';
import { askForAct } from '../approvals/ask-for-act.js';
import { requiredApprovals } from '../approvals/required-approvals.js';
import type { GuardedRun } from '../guarded-run.js';
import type { OrchestrationResult } from '../orchestration-result.js';
import { parseDelegate, parseVerify } from '../pattern-requests.js';
import type { RunDriver } from '../run-driver.js';
import { closeInnerRuns } from './close-inner-runs.js';
import { reopenTrail, storedDelegations } from './reopen.js';
import { restoreUsage } from './restore-usage.js';
import type { RunJournal } from './run-journal.js';
import { encodeOutcome } from './step-outcome.js';

/** A guarded run with a journal at its door. */
export class JournaledDriver implements RunDriver {
  readonly handles: readonly AgentHandle[];
  readonly isGuarded = true;
  readonly maxDelegationDepth: number;
  readonly valueLimits: ValueLimits | undefined;
  /** The delegations of earlier executions that the pattern has not received again. */
  #stored: Awaited<ReturnType<typeof storedDelegations>> = new Map();

  readonly #approvals: Approvals;

  constructor(
    private readonly run: GuardedRun,
    private readonly journal: RunJournal,
    private readonly deployment: Deployment,
  ) {
    this.handles = run.handles;
    this.maxDelegationDepth = run.maxDelegationDepth;
    this.valueLimits = run.valueLimits;
    run.parts.approving.approve = (work, step) => this.#approve(work, step);
    this.#approvals = new Approvals(deployment, journal, {
      asker: () => ({ agentId: this.#leaderId(), delegationId: null }),
      settled: (request, approval, answers, also) =>
        run.parts.records.approval(this.#leaderId(), { request, approval, answers }, also),
    });
  }

  /** Asks the people who must approve an act. @throws DurableRunError `APPROVAL_NOT_GIVEN`. */
  #approve(work: Work, step: CallStep): Promise<readonly string[]> | undefined {
    const required = requiredApprovals(work);
    return required.length > 0 ? askForAct(this.#approvals, this.run.calls, required, work, step) : undefined;
  }

  /** The agent that leads. A pattern that asks for an approval before any agent acts is led by the first one. */
  #leaderId(): string {
    const { leader } = this.run.parts;
    const first = this.handles[0] as AgentHandle;
    if (leader.id === undefined) leader.note(this.run.actorOf(first));
    return leader.id ?? first.id;
  }

  get calls(): ReadonlySet<Call> {
    return this.run.calls;
  }

  /** Whether the run continues later or elsewhere, so that this is not its end. */
  get isHandedOver(): boolean {
    return this.journal.stopped !== undefined;
  }

  get isReplaying(): boolean {
    return this.journal.isReplaying;
  }

  /** Ends the notifications of the store. */
  watch(): () => void {
    return this.run.watch();
  }

  async open(): Promise<void> {
    if (!this.journal.isFresh) {
      const { trail, budget } = this.run.parts;
      await reopenTrail(this.deployment, this.journal, trail);
      const { runId, isInner } = this.journal;
      await restoreUsage(this.deployment.store, runId, trail.anchors, budget, isInner);
      this.#stored = await storedDelegations(this.deployment, this.journal.runId);
    }
    await this.run.open();
  }

  invoke(handle: AgentHandle, given: unknown, how: InvokeOptions | undefined): Promise<unknown> {
    const prepared = this.run.prepare(handle, given, how);
    const { actor, input, method, action, resource } = prepared;
    if (input.isOpaque) input.encoded();
    const print = printOf('invoke', actor.id, method, action, resource, input.digest);
    return this.journal.step(print, {
      actor,
      live: async (step) => {
        const basis = await this.run.basisOf(prepared);
        const work = { ...prepared, basis, action: action ?? defaultAction(basis), by: { method } };
        const approvedBy = await this.#approve(work, step);
        return this.run.perform(prepared, { step, approvedBy });
      },
      restore: () => this.#leads(actor),
    });
  }

  async delegate(from: AgentHandle, to: AgentHandle, given?: DelegateOptions): Promise<DelegationGrant> {
    const { capabilities, constraints, expiresIn } = parseDelegate(given);
    const delegator = this.run.actorOf(from);
    const delegatee = this.run.actorOf(to);
    const terms = [capabilities?.join(), constraints?.join(), expiresIn];
    const made = await this.journal.step(printOf('delegate', delegator.id, delegatee.id, ...terms), {
      live: async () => {
        const grant = await this.run.delegate(from, to, given);
        return { id: grant.id, capabilities: grant.capabilities, constraints: grant.constraints };
      },
      restore: (value) => {
        this.#leads(delegator);
        this.#restore((value as { id: string }).id, delegatee);
      },
    });
    const { id, ...given_ } = made as Pick<DelegationGrant, 'id' | 'capabilities' | 'constraints'>;
    return Object.freeze({ id, from, to, ...given_ });
  }

  async verify(handle: AgentHandle, action: string, how?: PatternVerifyOptions): Promise<VerificationResult> {
    const actor = this.run.actorOf(handle);
    const print = printOf('verify', actor.id, action, parseVerify(how)?.id);
    const verdict = await this.journal.step(print, { live: () => this.run.verify(handle, action, how) });
    return verdict as VerificationResult;
  }

  async share(handle: AgentHandle, given: unknown, how: ShareOptions): Promise<unknown> {
    const actor = this.run.actorOf(handle);
    const value = captureValue(given, `value that agent '${actor.name}' shares`);
    if (value.isOpaque) value.encoded();
    const print = printOf('share', actor.id, how?.action, value.digest);
    const shared = await this.journal.step(print, {
      live: (step) => this.run.share(handle, frozenCopy(value), how, step),
      restore: () => this.#leads(actor),
    });
    return frozenCopy(captureValue(shared, 'shared value'));
  }

  /** Commits the end of the run together with its result. */
  async complete(result: CapturedValue): Promise<OrchestrationResult> {
    await closeInnerRuns(this.deployment, this.journal);
    return this.run.complete(result, [this.#ended('succeeded', encodeOutcome({ value: result }))]);
  }

  async fail(error: EatpError): Promise<EatpError> {
    const { stopped } = this.journal;
    if (stopped !== undefined) return stopped as EatpError;
    await closeInnerRuns(this.deployment, this.journal);
    const state = error.code === 'EXECUTION_CANCELLED' ? 'cancelled' : 'failed';
    const failure = await this.run.fail(error, [this.#ended(state, encodeOutcome({ error }))]);
    return (this.journal.stopped as EatpError | undefined) ?? failure;
  }

  now(): Promise<Date> {
    return this.journal.step('now', { live: async () => new Date(this.deployment.now()) }) as Promise<Date>;
  }

  random(): Promise<number> {
    return this.journal.step('random', { live: async () => Math.random() }) as Promise<number>;
  }

  approval(request: ApprovalRequest): Promise<Approval> {
    return this.#approvals.ask(request);
  }

  sleep(milliseconds: number): Promise<void> {
    return this.journal.waits.sleep(milliseconds);
  }

  #ended(state: 'succeeded' | 'failed' | 'cancelled', text: string) {
    const { runId, seal } = this.journal;
    const at = this.deployment.timestamp();
    const outcome = seal.seal(text, 'outcome');
    return { op: 'set_run_state', runId, state, outcome, note: null, wakeAt: null, at } as const;
  }

  /** The first agent that acts or delegates leads, in a replay too. */
  #leads(actor: Actor): void {
    this.run.parts.leader.note(actor);
  }

  /** Whether the delegation is still in force is judged when it is used. */
  #restore(delegationId: string, to: Actor): void {
    const entries = this.#stored.get(delegationId);
    const path = (entries ?? []).map((entry) => this.deployment.delegationEvidence(entry));
    const links = path.filter((link) => link instanceof ParsedDelegation);
    const [leaf] = links;
    const entry = entries?.[0];
    if (!leaf || !entry) return;
    const { runId, invocationId, person } = entry;
    const basis: Basis = {
      record: leaf.record,
      binding: { runId, invocationId, person },
      entries: entries as Basis['entries'],
      path: links,
      delegators: [],
      delegatorIds: links.map(({ record }) => record.delegatorId),
      to,
    };
    this.run.parts.grants.restore(basis);
    this.run.parts.delegations.push(leaf.record);
  }
}

/** Describes a step in one short line: a divergence names it to people. */
const printOf = (kind: string, ...parts: readonly unknown[]): string => {
  const text = parts.map((part) => (part === undefined ? '-' : String(part))).join(' ');
  return text.length <= 200
    ? `${kind} ${text}`
    : `${kind} ${sha256Hex(canonicalJson(toJsonValue(parts, 'step')))}`;
};
