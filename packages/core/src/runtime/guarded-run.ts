import { innerAgentOf, type TrustedAgent } from '../agent/trusted-agent.js';
import { TrustedSupervisorAgent } from '../agent/trusted-supervisor-agent.js';
import type { VerificationLevel } from '../chain/index.js';
import {
  AgentNotTrustedError,
  type EatpError,
  InvalidArgumentError,
  VerificationDeniedError,
} from '../errors/index.js';
import type { CallControl } from '../invocation/call-control.js';
import { deniedAnchor, describeError } from '../invocation/guard.js';
import type { ScopeAuthority } from '../invocation/scope.js';
import type {
  AgentHandle,
  DelegateOptions,
  DelegationGrant,
  InvokeOptions,
  ShareOptions,
} from '../pattern/pattern.js';
import type { Receipt } from '../receipt/index.js';
import { issueReceipt } from '../receipt/issue-receipt.js';
import type { Revocation } from '../store/index.js';
import { payloadDigest } from '../trust/audit/payload-digest.js';
import { RunTrail } from '../trust/audit/run-trail.js';
import type { Deployment } from '../trust/deployment.js';
import { ReadSet } from '../trust/read-set.js';
import { PARTICIPATION } from '../trust/verify/capability-match.js';
import type { VerificationResult } from '../trust/verify/types.js';
import { verify } from '../trust/verify/verify.js';
import { deepFreeze, type JsonValue, toJsonObject, toJsonValue } from '../wire/index.js';
import { AgentHandles } from './agent-handles.js';
import { callMethod, expectMethod } from './call-method.js';
import { checkWords } from './check-words.js';
import { withoutTime } from './constraint-context.js';
import { checkMilliseconds, type RuntimeLimits } from './execute-options.js';
import { unrecordedEnd, withRun } from './failed-run.js';
import { defaultAction, GuardedWork } from './guarded-work.js';
import type { OrchestrationResult } from './orchestration-result.js';
import type { Run } from './run.js';
import type { RunDriver } from './run-driver.js';
import { type Grant, RunGrants } from './run-grants.js';
import { TrustExecutionContext } from './trust-execution-context.js';

export interface GuardedRunOptions {
  readonly pattern: string;
  readonly agents: Readonly<Record<string, TrustedAgent>>;
  readonly level: VerificationLevel;
  readonly requireTrust: boolean;
  readonly limits: RuntimeLimits;
  /** Of the invocation in which the run was started, if it was. */
  readonly outer?: ScopeAuthority | undefined;
}

/** A run in which nothing happens that is not verified first and recorded: the guard behind a pattern's execution. */
export class GuardedRun implements RunDriver {
  readonly handles: readonly AgentHandle[];
  readonly context: TrustExecutionContext;
  readonly #agents: AgentHandles<TrustedAgent>;
  readonly #trail: RunTrail;
  readonly #grants: RunGrants;
  readonly #work: GuardedWork;
  /** The trail of this id is another run's, and is not ours to write to. */
  #isTaken = false;

  constructor(
    private readonly deployment: Deployment,
    private readonly run: Run,
    private readonly options: GuardedRunOptions,
  ) {
    this.#agents = new AgentHandles(Object.entries(options.agents), (agent) => ({
      id: agent.id,
      capabilities: agent.capabilities,
      isSupervisor: agent instanceof TrustedSupervisorAgent,
      methods: () => agent.methods,
    }));
    this.handles = this.#agents.all;
    this.#trail = new RunTrail(deployment, run.runId, (anchor) => run.emit({ type: 'recorded', anchor }));
    const { initiatorId, humanOrigin } = run.options;
    this.context = new TrustExecutionContext(
      {
        runId: run.runId,
        taskId: run.taskId,
        pattern: options.pattern,
        initiatorId,
        humanOrigin,
        startedAt: new Date(deployment.now()),
      },
      this.#trail.anchors,
    );
    this.#grants = new RunGrants(deployment, run, options.outer, (delegation) => {
      this.context.recordDelegation(delegation);
      run.emit({ type: 'delegated', from: delegation.delegatorId, to: delegation.delegateeId, delegation });
    });
    this.#work = new GuardedWork({
      deployment,
      run,
      trail: this.#trail,
      grants: this.#grants,
      agents: Object.values(options.agents),
      limits: options.limits,
      onStart: (agentId) => {
        this.context.currentAgentId = agentId;
      },
    });
  }

  /** Stops whatever rests on authority that was just withdrawn. */
  obey(revocation: Revocation): void {
    this.#work.obey(revocation);
  }

  /** A chain was changed; what rests on it may no longer be allowed. */
  recheck(): void {
    this.#work.recheck();
  }

  get control(): CallControl {
    return this.run.control;
  }

  /** @throws AgentNotTrustedError if an agent may not take part; the denial is recorded. */
  async open(): Promise<void> {
    if (this.run.options.runId !== undefined) await this.expectNewRun();
    if (!this.options.requireTrust) return;
    const agents = Object.values(this.options.agents);
    const reads = new ReadSet(this.deployment);
    await reads.needChains(agents.map((agent) => agent.id));
    for (const agent of agents) {
      const request = { agentId: agent.id, action: PARTICIPATION, level: this.options.level };
      const { denial } = await verify(this.deployment, request, reads);
      if (!denial) continue;
      await this.#trail.append(
        deniedAnchor({ ...this.about(agent.id, PARTICIPATION), delegationId: null }, denial),
      );
      this.run.emit({ type: 'denied', agentId: agent.id, action: PARTICIPATION, denial });
      throw new AgentNotTrustedError(agent.name, denial.reason, { agentId: agent.id, denial });
    }
  }

  private async expectNewRun(): Promise<void> {
    if ((await this.deployment.store.trailHead(this.run.runId)) === undefined) return;
    this.#isTaken = true;
    throw new InvalidArgumentError(`There was a run '${this.run.runId}' already`, {
      remedy: 'Leave `runId` out, or choose one of its own for each run.',
      evidence: { runId: this.run.runId },
    });
  }

  invoke(handle: AgentHandle, input: unknown, options: InvokeOptions): Promise<unknown> {
    const agent = this.#agents.agent(handle);
    checkWords(options);
    const method = options.method ?? 'run';
    checkMilliseconds('timeout', options.timeout);
    expectMethod(agent.name, innerAgentOf(agent), method);
    const grant = options.delegation
      ? this.#grants.named(options.delegation.id, agent)
      : this.#grants.for(agent);
    const start = (under: Grant | undefined): Promise<unknown> =>
      this.#work.perform({
        agent,
        input,
        grant: under,
        action: options.action ?? defaultAction(under),
        resource: options.resource,
        context: options.context && withoutTime(options.context),
        details: options.details && toJsonObject(options.details, 'details'),
        timeout: options.timeout,
        act: (scope) => callMethod(agent.name, innerAgentOf(agent), method, input, scope.context),
      });
    return grant instanceof Promise ? grant.then(start) : start(grant);
  }

  async delegate(from: AgentHandle, to: AgentHandle, options: DelegateOptions): Promise<DelegationGrant> {
    checkWords(options);
    const { capabilities, constraints, expiresIn } = options;
    checkMilliseconds('expiresIn', expiresIn);
    const record = await this.#grants.make(this.#agents.agent(from), this.#agents.agent(to), {
      capabilities,
      ...(constraints && { additionalConstraints: constraints }),
      ...(expiresIn !== undefined && { expiresAt: new Date(this.deployment.now() + expiresIn) }),
    });
    return Object.freeze({
      id: record.id,
      from,
      to,
      capabilities: record.capabilitiesDelegated,
      constraints: record.constraintSubset,
    });
  }

  verify(handle: AgentHandle, action: string): Promise<VerificationResult> {
    const { id } = this.#agents.agent(handle);
    const grant = this.#grants.newestTo(id);
    return verify(this.deployment, {
      agentId: id,
      action,
      // Each step is judged by all that can be judged, however lightly the agents were looked at before the run.
      level: this.options.level === 'full' ? 'full' : 'standard',
      ...(grant && { delegationId: grant.record.id, taskId: this.run.taskId, runId: this.run.runId }),
    });
  }

  async share(handle: AgentHandle, value: unknown, options: ShareOptions): Promise<unknown> {
    checkWords(options);
    const { action, details, result = 'success' } = options;
    const agent = this.#agents.agent(handle);
    const grant = await this.#grants.for(agent);
    const shared = deepFreeze(toJsonValue(value, 'shared value'));
    const { denial } = await this.verify(handle, action);
    this.run.expectNotStopped();
    const about = { ...this.about(agent.id, action), delegationId: grant?.record.id ?? null };
    if (denial) {
      await this.#trail.append(deniedAnchor(about, denial));
      throw new VerificationDeniedError(agent.id, action, denial);
    }
    const context = {
      ...this.baseContext(),
      delegation_id: about.delegationId,
      outcome: result,
      value_digest: payloadDigest(shared),
      ...(details && { details: toJsonObject(details, 'details') }),
    };
    await this.#trail.append({ agentId: agent.id, action, result, context, ...this.human() });
    this.run.emit({ type: 'shared', agentId: agent.id, action, value: shared });
    return shared;
  }

  async complete(result: unknown): Promise<OrchestrationResult> {
    await this.end('orchestration_complete', 'success', { output_digest: payloadDigest(result) });
    const { runId, taskId } = this.run;
    return {
      success: true,
      result,
      runId,
      taskId,
      auditTrail: Object.freeze([...this.context.auditTrail]),
      delegations: Object.freeze([...this.context.delegations]),
      receipt: () => this.receipt(),
    };
  }

  private receipt(): Promise<Receipt> {
    const { runId, taskId } = this.run;
    const { texts, signers } = this.#trail;
    const { texts: delegationTexts, chains } = this.#grants.proof();
    return issueReceipt(this.deployment, {
      runId,
      taskId,
      anchorTexts: texts,
      delegationTexts,
      chains: [...chains, ...signers],
    });
  }

  async fail(error: EatpError): Promise<EatpError> {
    const left = () => ({
      runId: this.run.runId,
      taskId: this.run.taskId,
      auditTrail: Object.freeze([...this.context.auditTrail]),
      delegations: Object.freeze([...this.context.delegations]),
    });
    // After a failed write nothing can be linked any more; what is stored is the trail, up to the last write.
    if (this.#trail.failure || this.#isTaken) return withRun(error, left());
    try {
      await this.end('orchestration_failed', 'failure', { error: describeError(error) });
      return withRun(error, left());
    } catch (second) {
      if (error.code === 'STORE_FAILED') return withRun(error, left());
      return withRun(unrecordedEnd(this.run.runId, error, second), left());
    }
  }

  private async end(
    action: string,
    result: 'success' | 'failure',
    content: Record<string, JsonValue>,
  ): Promise<void> {
    const agentId = this.#grants.leaderId ?? (this.handles[0] as AgentHandle).id;
    await this.#trail.append(
      {
        agentId,
        action,
        result,
        context: {
          ...this.baseContext(),
          pattern: this.options.pattern,
          entries: this.#trail.anchors.length + 1,
          delegations: this.context.delegations.length,
          outcome: result,
          ...content,
        },
        ...this.human(),
      },
      { with: [{ op: 'close_delegations', runId: this.run.runId }] },
    );
    this.#grants.forget();
  }

  private about(agentId: string, action: string) {
    const { initiatorId } = this.run.options;
    return {
      agentId,
      action,
      taskId: this.run.taskId,
      ...(initiatorId !== undefined && { initiatorId }),
      ...this.human(),
    };
  }

  private baseContext(): Record<string, JsonValue> {
    return { task_id: this.run.taskId, initiator_id: this.run.options.initiatorId ?? null };
  }

  private human() {
    const { humanOrigin } = this.run.options;
    return humanOrigin ? { humanOrigin } : {};
  }
}
