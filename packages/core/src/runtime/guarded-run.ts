import { CallControl } from '../agent/call-control.js';
import { deniedAnchor, describeError, guardedCall } from '../agent/guarded-call.js';
import { type InvocationScope, runInScope, type ScopedDelegation } from '../agent/invocation-scope.js';
import { innerAgentOf, type TrustedAgent, toolDetails, toolOf } from '../agent/trusted-agent.js';
import { TrustedSupervisorAgent } from '../agent/trusted-supervisor-agent.js';
import type { DelegationRecord, VerificationLevel } from '../chain/index.js';
import {
  AgentNotTrustedError,
  DelegationError,
  EatpError,
  ExecutionTimeoutError,
  RevokedError,
  VerificationDeniedError,
} from '../errors/index.js';
import { EXECUTE, PARTICIPATION } from '../operations/capability-match.js';
import { type Delegated, delegate } from '../operations/delegate.js';
import type { Kernel } from '../operations/kernel.js';
import { payloadDigest } from '../operations/payload-digest.js';
import { RunTrail } from '../operations/trail-writer.js';
import { type VerificationResult, verify } from '../operations/verification.js';
import { View } from '../operations/view.js';
import { issueReceipt } from '../receipt/issue-receipt.js';
import type { Revocation } from '../store/index.js';
import { type JsonObject, type JsonValue, toJsonObject, toJsonValue } from '../wire/index.js';
import { AgentHandles } from './agent-handles.js';
import { callMethod, expectMethod } from './call-method.js';
import type { RuntimeLimits } from './execute-options.js';
import { Limiter } from './limiter.js';
import type { OrchestrationResult } from './orchestration-result.js';
import type {
  AgentHandle,
  DelegateOptions,
  DelegationGrant,
  InvokeOptions,
  ShareOptions,
} from './pattern.js';
import type { ActiveCall, Run } from './run.js';
import type { RunDriver } from './run-driver.js';
import { TrustExecutionContext } from './trust-execution-context.js';

export interface GuardedRunOptions {
  readonly pattern: string;
  readonly agents: Readonly<Record<string, TrustedAgent>>;
  readonly level: VerificationLevel;
  readonly requireTrust: boolean;
  readonly limits: RuntimeLimits;
}

interface Grant extends Delegated {
  readonly delegatorIds: readonly string[];
}

interface Work {
  readonly agent: TrustedAgent;
  readonly input: unknown;
  readonly grant: Grant | undefined;
  readonly action: string;
  readonly resource?: string | undefined;
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  readonly details?: JsonObject | undefined;
  readonly timeout?: number | undefined;
  act(scope: InvocationScope): unknown;
}

const DEFAULT_CONCURRENCY = 64;

/** A run in which nothing happens that is not verified first and recorded: the guard behind a pattern's execution. */
export class GuardedRun implements RunDriver {
  readonly handles: readonly AgentHandle[];
  readonly context: TrustExecutionContext;
  readonly #agents: AgentHandles<TrustedAgent>;
  readonly #trail: RunTrail;
  /** The delegations of this run by their ids, and the newest to each agent. */
  readonly #grants = new Map<string, Grant>();
  readonly #newest = new Map<string, Grant>();
  readonly #underWay = new Map<ActiveCall, Grant | undefined>();
  readonly #limiter: Limiter;
  #leaderId: string | undefined;

  constructor(
    private readonly kernel: Kernel,
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
    this.#limiter = new Limiter(options.limits.maxConcurrentInvocations ?? DEFAULT_CONCURRENCY);
    this.#trail = new RunTrail(kernel, run.runId);
    const { initiatorId, humanOrigin } = run.options;
    this.context = new TrustExecutionContext(
      {
        runId: run.runId,
        taskId: run.taskId,
        pattern: options.pattern,
        initiatorId,
        humanOrigin,
        startedAt: new Date(kernel.now()),
      },
      this.#trail.anchors,
    );
  }

  /** @throws AgentNotTrustedError if an agent may not take part; the denial is recorded. */
  async open(): Promise<void> {
    if (!this.options.requireTrust) return;
    const agents = Object.values(this.options.agents);
    const view = new View(this.kernel);
    await view.needChains(agents.map((agent) => agent.id));
    for (const agent of agents) {
      const request = { agentId: agent.id, action: PARTICIPATION, level: this.options.level };
      const { denial } = await verify(this.kernel, request, view);
      if (!denial) continue;
      await this.#trail.append(
        deniedAnchor({ ...this.about(agent.id, PARTICIPATION), delegationId: null }, denial),
      );
      this.run.emit({ type: 'denied', agentId: agent.id, action: PARTICIPATION, denial });
      throw new AgentNotTrustedError(agent.name, denial.reason, { agentId: agent.id, denial });
    }
  }

  invoke(handle: AgentHandle, input: unknown, options: InvokeOptions): Promise<unknown> {
    const agent = this.#agents.agent(handle);
    const method = options.method ?? 'run';
    expectMethod(agent.name, innerAgentOf(agent), method);
    const grant = options.delegation ? this.grantOf(options.delegation.id, agent) : this.grantFor(agent);
    return this.perform({
      agent,
      input,
      grant,
      action: options.action ?? defaultAction(grant),
      resource: options.resource,
      context: options.context,
      details: options.details && toJsonObject(options.details, 'details'),
      timeout: options.timeout,
      act: (scope) => callMethod(agent.name, innerAgentOf(agent), method, input, scope.context),
    });
  }

  async delegate(from: AgentHandle, to: AgentHandle, options: DelegateOptions): Promise<DelegationGrant> {
    const { capabilities, constraints, expiresIn } = options;
    const record = await this.grant(this.#agents.agent(from), this.#agents.agent(to), {
      capabilities,
      ...(constraints && { additionalConstraints: constraints }),
      ...(expiresIn !== undefined && { expiresAt: new Date(this.kernel.now() + expiresIn) }),
    });
    return {
      id: record.id,
      from,
      to,
      capabilities: record.capabilitiesDelegated,
      constraints: record.constraintSubset,
    };
  }

  verify(handle: AgentHandle, action: string): Promise<VerificationResult> {
    const { id } = this.#agents.agent(handle);
    const grant = this.#newest.get(id);
    return verify(this.kernel, {
      agentId: id,
      action,
      level: this.options.level,
      ...(grant && { delegationId: grant.record.id, taskId: this.run.taskId, runId: this.run.runId }),
    });
  }

  async share(
    handle: AgentHandle,
    value: unknown,
    { action, details, result = 'success' }: ShareOptions,
  ): Promise<unknown> {
    const agent = this.#agents.agent(handle);
    const grant = this.grantFor(agent);
    const shared = deepFreeze(toJsonValue(value, 'shared value'));
    const { denial } = await this.verify(handle, action);
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
      ...toJsonObject(details ?? {}, 'details'),
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
      auditTrail: this.context.auditTrail,
      delegations: this.context.delegations,
      receipt: () =>
        issueReceipt(this.kernel, {
          runId,
          taskId,
          anchorTexts: this.#trail.texts,
          delegationTexts: [...this.#grants.values()].map((grant) => grant.path[0]?.text as string),
          chains: this.#trail.signers,
        }),
    };
  }

  async fail(error: EatpError): Promise<void> {
    try {
      // After a failed write nothing can be linked any more; what is stored is the trail, up to the last write.
      if (!this.#trail.failure)
        await this.end('orchestration_failed', 'failure', { error: describeError(error) });
    } finally {
      error.run = {
        runId: this.run.runId,
        taskId: this.run.taskId,
        auditTrail: this.context.auditTrail,
        delegations: this.context.delegations,
      };
    }
  }

  /** Stops whatever rests on authority that was just withdrawn. */
  obey({ kind, subjectId, reason }: Revocation): void {
    const error = new RevokedError(`${kind} ${subjectId}`, reason);
    if (kind === 'human' && subjectId === this.run.options.humanOrigin?.humanId) return this.run.abort(error);
    for (const [call, grant] of this.#underWay) {
      const isConcerned =
        kind === 'agent'
          ? call.agentId === subjectId || grant?.delegatorIds.includes(subjectId)
          : kind === 'delegation' && grant?.path.some((link) => link.record.id === subjectId);
      if (isConcerned) call.control.abort(error);
    }
  }

  /** Everything that is done in a run is done here: numbered, limited, timed, guarded, and told to whoever watches. */
  private async perform(work: Work): Promise<unknown> {
    this.run.expectOpen();
    const { agent, grant, action } = work;
    const control = new CallControl();
    const call: ActiveCall = {
      invocationId: this.run.nextInvocationId(),
      agentId: agent.id,
      control,
      ended: Promise.resolve(),
    };
    this.run.calls.add(call);
    this.#underWay.set(call, grant);
    const guarded = this.guard(work, call);
    call.ended = guarded;
    const started = this.run.isWatched ? performance.now() : 0;
    const ended = (outcome: 'success' | 'failed', code?: string): void =>
      this.run.emit({
        type: 'invocation_ended',
        invocationId: call.invocationId,
        agentId: agent.id,
        outcome,
        ...(code !== undefined && { code }),
        durationMs: performance.now() - started,
      });
    try {
      const output = await guarded;
      ended('success');
      return output;
    } catch (error) {
      if (error instanceof VerificationDeniedError) {
        this.run.emit({ type: 'denied', agentId: agent.id, action, denial: error.denial as never });
      }
      ended('failed', error instanceof EatpError ? error.code : undefined);
      throw error;
    } finally {
      this.run.calls.delete(call);
      this.#underWay.delete(call);
    }
  }

  private async guard(work: Work, call: ActiveCall): Promise<unknown> {
    const { agent, grant, action, resource } = work;
    const { control, invocationId } = call;
    if (!this.#limiter.tryEnter()) await this.#limiter.enter(control.signal);
    let timer: NodeJS.Timeout | undefined;
    const limit = work.timeout ?? this.options.limits.invocationTimeout;
    const scope = this.scopeOf(work, call);
    try {
      const { output } = await guardedCall(this.kernel, {
        trail: this.#trail,
        invocationId,
        taskId: this.run.taskId,
        runId: this.run.runId,
        agentId: agent.id,
        action,
        ...(resource !== undefined && { resource }),
        delegationId: grant?.record.id ?? null,
        ...(this.run.options.initiatorId !== undefined && { initiatorId: this.run.options.initiatorId }),
        ...this.human(),
        input: work.input,
        ...(work.context && { constraintContext: work.context }),
        ...(work.details && { details: work.details }),
        control,
        onStart: () => {
          this.context.currentAgentId = agent.id;
          if (limit !== undefined) {
            const expire = (): void =>
              control.abort(new ExecutionTimeoutError(`Invocation ${invocationId}`, limit));
            timer = setTimeout(expire, limit);
          }
          this.run.emit({ type: 'invocation_started', invocationId, agentId: agent.id, action });
        },
        act: () => runInScope(scope, () => work.act(scope)),
      });
      return output;
    } finally {
      clearTimeout(timer);
      this.#limiter.leave();
    }
  }

  /** What an agent does while it is invoked: under its own delegation, in this run, by the same guard. */
  private scopeOf({ agent, grant }: Work, call: ActiveCall): InvocationScope {
    return {
      context: this.run.contextOf(call, grant ? { delegation: grant.record } : {}),
      // An agent that waits for another does not count as at work, or nested work could wait for itself.
      invoke: (other, input) =>
        this.outsideLimit(() => {
          const given = this.newestGrantFrom(agent.id, other);
          return this.perform({
            agent: other,
            input,
            grant: given,
            action: defaultAction(given),
            act: (scope) => callMethod(other.name, innerAgentOf(other), 'run', input, scope.context),
          });
        }),
      delegate: (to, request) => this.grant(agent, to, request, grant ?? null),
      callTool: (self, tool, args) =>
        this.outsideLimit(() => {
          const { capability, run } = toolOf(self, tool);
          return this.perform({
            agent: self,
            input: args,
            grant,
            action: capability,
            resource: `tool:${tool}`,
            details: toolDetails(tool, args),
            act: (scope) => run(args as never, scope.context),
          });
        }),
    };
  }

  private async outsideLimit<T>(work: () => Promise<T>): Promise<T> {
    this.#limiter.leave();
    try {
      return await work();
    } finally {
      await this.#limiter.enter();
    }
  }

  private async grant(
    from: TrustedAgent,
    to: TrustedAgent,
    request: ScopedDelegation,
    under: Grant | null | undefined = this.grantFor(from) ?? null,
  ): Promise<DelegationRecord> {
    this.run.expectOpen();
    const { humanOrigin } = this.run.options;
    const delegated = await delegate(this.kernel, {
      ...request,
      delegatorId: from.id,
      delegateeId: to.id,
      taskId: this.run.taskId,
      runId: this.run.runId,
      parentDelegationId: under?.record.id ?? null,
      ...(humanOrigin && { humanOrigin }),
    });
    const { record, path } = delegated;
    const grant: Grant = { ...delegated, delegatorIds: path.map((link) => link.record.delegatorId) };
    this.#grants.set(record.id, grant);
    this.#newest.set(to.id, grant);
    this.context.recordDelegation(record);
    this.run.emit({ type: 'delegated', from: from.id, to: to.id, delegation: record });
    return record;
  }

  /** The delegation an agent acts under; none for the agent that leads. @throws DelegationError `DELEGATION_REQUIRED`. */
  private grantFor(agent: TrustedAgent): Grant | undefined {
    const grant = this.#newest.get(agent.id);
    if (grant) return grant;
    this.#leaderId ??= agent.id;
    if (this.#leaderId === agent.id) return undefined;
    throw new DelegationError(
      'DELEGATION_REQUIRED',
      `Agent '${agent.name}' was delegated nothing in this run`,
      {
        expected: `a delegation from '${this.#leaderId}', which leads the run, or from an agent under it`,
        received: 'an act by its own right',
        remedy: 'Call delegate(from, agent, …) before the agent acts.',
        evidence: { agentId: agent.id, leaderId: this.#leaderId },
      },
    );
  }

  private grantOf(delegationId: string, agent: TrustedAgent): Grant {
    const grant = this.#grants.get(delegationId);
    if (grant?.record.delegateeId === agent.id) return grant;
    throw new DelegationError(
      'DELEGATION_NOT_FOUND',
      `Delegation '${delegationId}' was not made to '${agent.name}' in this run`,
      {
        remedy: 'Pass what delegate() returned for this agent.',
        evidence: { delegationId, agentId: agent.id },
      },
    );
  }

  private newestGrantFrom(delegatorId: string, to: TrustedAgent): Grant {
    const grant = this.#newest.get(to.id);
    if (grant?.record.delegatorId === delegatorId) return grant;
    throw new DelegationError(
      'DELEGATION_REQUIRED',
      `Agent '${to.name}' was not delegated anything by its caller`,
      {
        expected: `a delegation from ${delegatorId} in this run`,
        remedy: 'Call delegateTo() first.',
        evidence: { delegatorId, delegateeId: to.id },
      },
    );
  }

  private async end(
    action: string,
    result: 'success' | 'failure',
    content: Record<string, JsonValue>,
  ): Promise<void> {
    const agentId = this.#leaderId ?? (this.handles[0] as AgentHandle).id;
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
    for (const id of this.#grants.keys()) this.kernel.delegations.forget(id);
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

const defaultAction = (grant: Grant | undefined): string => grant?.record.capabilitiesDelegated[0] ?? EXECUTE;

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}
