import { CallControl } from '../agent/call-control.js';
import { deniedAnchor, describeError, guardedCall } from '../agent/guarded-call.js';
import {
  type InvocationScope,
  runInScope,
  type ScopeAuthority,
  type ScopedDelegation,
} from '../agent/invocation-scope.js';
import { innerAgentOf, recordOfTool, type TrustedAgent, toolOf, trustOf } from '../agent/trusted-agent.js';
import { TrustedSupervisorAgent } from '../agent/trusted-supervisor-agent.js';
import type { DelegationRecord, VerificationLevel } from '../chain/index.js';
import {
  AgentNotTrustedError,
  DelegationError,
  describeThrown,
  EatpError,
  ExecutionCancelledError,
  ExecutionTimeoutError,
  type FailedRun,
  InvalidArgumentError,
  PatternContractError,
  RevokedError,
  StoreError,
  VerificationDeniedError,
} from '../errors/index.js';
import { EXECUTE, PARTICIPATION } from '../operations/capability-match.js';
import type { DelegationEvidence } from '../operations/chain-evidence.js';
import { type Delegated, delegate } from '../operations/delegate.js';
import { checkPath } from '../operations/delegation-path.js';
import type { Kernel } from '../operations/kernel.js';
import { payloadDigest } from '../operations/payload-digest.js';
import { RunTrail } from '../operations/trail-writer.js';
import { kernelOf, type TrustOperations } from '../operations/trust-operations.js';
import { type VerificationResult, verify } from '../operations/verification.js';
import { View } from '../operations/view.js';
import { issueReceipt } from '../receipt/issue-receipt.js';
import type { Revocation } from '../store/index.js';
import { deepFreeze, type JsonObject, type JsonValue, toJsonObject, toJsonValue } from '../wire/index.js';
import { AgentHandles } from './agent-handles.js';
import { callMethod, expectMethod } from './call-method.js';
import { checkMilliseconds, type RuntimeLimits } from './execute-options.js';
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
  /** Of the invocation in which the run was started, if it was. */
  readonly outer?: ScopeAuthority | undefined;
}

interface Grant extends Delegated {
  readonly delegatorIds: readonly string[];
  /** Made in the run around this one. */
  readonly isOuter?: boolean;
}

interface Work {
  readonly agent: TrustedAgent;
  readonly input: unknown;
  readonly grant: Grant | undefined;
  readonly action: string;
  readonly resource?: string | undefined;
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  readonly details?: JsonObject | undefined;
  readonly recordedInput?: unknown;
  readonly timeout?: number | undefined;
  /** The call in which this one was made. */
  readonly within?: ActiveCall | undefined;
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
  readonly #newestOfPair = new Map<string, Grant>();
  readonly #underWay = new Map<ActiveCall, Work>();
  readonly #limiter: Limiter;
  #leaderId: string | undefined;
  /** The trail of this id is another run's, and is not ours to write to. */
  #isTaken = false;
  #lead: Promise<Grant | undefined> | undefined;

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
    this.#trail = new RunTrail(kernel, run.runId, (anchor) => run.emit({ type: 'recorded', anchor }));
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
    if (this.run.options.runId !== undefined) await this.expectNewRun();
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

  private async expectNewRun(): Promise<void> {
    if ((await this.kernel.store.trailHead(this.run.runId)) === undefined) return;
    this.#isTaken = true;
    throw new InvalidArgumentError(`There was a run '${this.run.runId}' already`, {
      remedy: 'Leave `runId` out, or choose one of its own for each run.',
      evidence: { runId: this.run.runId },
    });
  }

  invoke(handle: AgentHandle, input: unknown, options: InvokeOptions): Promise<unknown> {
    const agent = this.#agents.agent(handle);
    const method = options.method ?? 'run';
    checkMilliseconds('timeout', options.timeout);
    expectMethod(agent.name, innerAgentOf(agent), method);
    const grant = options.delegation ? this.grantOf(options.delegation.id, agent) : this.grantFor(agent);
    const start = (under: Grant | undefined): Promise<unknown> =>
      this.perform({
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
    const { capabilities, constraints, expiresIn } = options;
    checkMilliseconds('expiresIn', expiresIn);
    const record = await this.grant(this.#agents.agent(from), this.#agents.agent(to), {
      capabilities,
      ...(constraints && { additionalConstraints: constraints }),
      ...(expiresIn !== undefined && { expiresAt: new Date(this.kernel.now() + expiresIn) }),
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
    const grant = this.#newest.get(id);
    return verify(this.kernel, {
      agentId: id,
      action,
      // Each step is judged by all that can be judged, however lightly the agents were looked at before the run.
      level: this.options.level === 'full' ? 'full' : 'standard',
      ...(grant && { delegationId: grant.record.id, taskId: this.run.taskId, runId: this.run.runId }),
    });
  }

  async share(
    handle: AgentHandle,
    value: unknown,
    { action, details, result = 'success' }: ShareOptions,
  ): Promise<unknown> {
    const agent = this.#agents.agent(handle);
    const grant = await this.grantFor(agent);
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
      receipt: () =>
        issueReceipt(this.kernel, {
          runId,
          taskId,
          anchorTexts: this.#trail.texts,
          delegationTexts: [...this.#grants.values()].map((grant) => grant.path[0]?.text as string),
          chains: [
            ...[...this.#grants.values()].flatMap((grant) => grant.delegators),
            ...this.#trail.signers,
          ],
        }),
    };
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
      const unrecorded = new StoreError(
        'STORE_FAILED',
        `The end of run ${this.run.runId} could not be recorded`,
        {
          received: describeThrown(second),
          remedy:
            'Mend the store; recover() closes what is open. `evidence.error` is why the run had failed.',
          evidence: { error },
          cause: second,
        },
      );
      return withRun(unrecorded, left());
    }
  }

  /** Stops whatever rests on authority that was just withdrawn. */
  obey({ kind, subjectId, reason }: Revocation): void {
    const error = new RevokedError(`${kind} ${subjectId}`, reason);
    if (kind === 'human' && subjectId === this.run.options.humanOrigin?.humanId) return this.run.abort(error);
    for (const [call, { agent, grant }] of this.#underWay) {
      const isConcerned =
        kind === 'agent'
          ? call.agentId === subjectId || grant?.delegatorIds.includes(subjectId)
          : kind === 'delegation' &&
            (grant?.path.some((link) => link.record.id === subjectId) ||
              agent.trustChain?.delegations.some((delegation) => delegation.id === subjectId));
      if (isConcerned) call.control.abort(error);
    }
  }

  /** Everything that is done in a run is done here: numbered, limited, timed, guarded, and told to whoever watches. */
  private async perform(work: Work): Promise<unknown> {
    this.run.expectOpen();
    const { agent, action } = work;
    const control = new CallControl();
    const call: ActiveCall = { invocationId: this.run.nextInvocationId(), agentId: agent.id, control };
    this.run.calls.add(call);
    this.#underWay.set(call, work);
    const release = work.within?.control.watchOver(control);
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
      const output = await this.guard(work, call);
      ended('success');
      return output;
    } catch (error) {
      if (error instanceof VerificationDeniedError) {
        this.run.emit({ type: 'denied', agentId: agent.id, action, denial: error.denial as never });
      }
      ended('failed', error instanceof EatpError ? error.code : undefined);
      throw error;
    } finally {
      release?.();
      this.run.calls.delete(call);
      this.#underWay.delete(call);
      control.abandon(new ExecutionCancelledError(call.invocationId, 'the call that made it has ended'));
    }
  }

  private async guard(work: Work, call: ActiveCall): Promise<unknown> {
    const { agent, grant, action, resource } = work;
    const { control, invocationId } = call;
    let isIn = false;
    let timer: NodeJS.Timeout | undefined;
    const limit = work.timeout ?? this.options.limits.invocationTimeout;
    const scope = this.scopeOf(work, call);
    try {
      const { output } = await guardedCall(this.kernel, {
        trail: this.#trail,
        invocationId,
        taskId: this.run.taskId,
        ...(!grant?.isOuter && { runId: this.run.runId }),
        agentId: agent.id,
        action,
        ...(resource !== undefined && { resource }),
        delegationId: grant?.record.id ?? null,
        ...(this.run.options.initiatorId !== undefined && { initiatorId: this.run.options.initiatorId }),
        ...this.human(),
        input: work.input,
        ...(work.recordedInput !== undefined && { recordedInput: work.recordedInput }),
        ...(work.context && { constraintContext: work.context }),
        ...(work.details && { details: work.details }),
        control,
        admit: () => {
          isIn = this.#limiter.tryEnter();
          if (isIn) return undefined;
          return this.#limiter.enter(control.signal).then(() => {
            isIn = true;
          });
        },
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
      if (isIn) this.#limiter.leave();
    }
  }

  /** What an agent does while it is invoked: under its own delegation, in this run, by the same guard. */
  private scopeOf({ agent, grant }: Work, call: ActiveCall): InvocationScope {
    const outsideLimit = this.leaveOfAbsence();
    const within = <T>(work: () => Promise<T>): Promise<T> =>
      this.run.track(() => {
        this.expectUnderWay(call);
        return work();
      }, 'agent');
    return {
      context: this.run.contextOf(call, grant ? { delegation: grant.record } : {}),
      authority: { kernel: this.kernel, agentId: agent.id, delegationId: grant?.record.id ?? null },
      invoke: (other, input) =>
        within(() => {
          this.expectOwn(other);
          const given = this.newestGrantFrom(agent.id, other);
          return outsideLimit(() =>
            this.perform({
              agent: other,
              input,
              grant: given,
              action: defaultAction(given),
              within: call,
              act: (scope) => callMethod(other.name, innerAgentOf(other), 'run', input, scope.context),
            }),
          );
        }),
      delegate: (to, request) =>
        within(() => {
          this.expectOwn(to);
          return this.grant(agent, to, request, grant ?? null);
        }),
      callTool: (self, tool, args) =>
        within(() => {
          const { capability, run } = toolOf(self, tool);
          return outsideLimit(() =>
            this.perform({
              agent: self,
              input: args,
              grant,
              action: capability,
              resource: `tool:${tool}`,
              ...recordOfTool(tool, args),
              within: call,
              act: (scope) => run(args as never, scope.context),
            }),
          );
        }),
    };
  }

  /** Code that an agent left behind must not go on in its name. */
  private expectUnderWay(call: ActiveCall): void {
    if (call.control.reason) throw call.control.reason;
    if (this.#underWay.has(call)) return;
    throw new PatternContractError(`Invocation ${call.invocationId} has ended`, {
      remedy: 'Await everything that the agent starts before it returns.',
      evidence: { invocationId: call.invocationId },
    });
  }

  /** An agent of another deployment, or one that takes the name of an agent of this run, is not one of ours. */
  private expectOwn(agent: TrustedAgent): void {
    const namesake = Object.values(this.options.agents).find((other) => other.id === agent.id);
    if (kernelOf(trustOf.get(agent) as TrustOperations) === this.kernel && (namesake ?? agent) === agent)
      return;
    throw new PatternContractError(`Agent '${agent.name}' is not of this run`, {
      expected: 'the TrustedAgent that was given to the runtime, or another over the same TrustOperations',
      received: 'another with its id',
      remedy: 'Use the same TrustedAgent everywhere.',
      evidence: { agentId: agent.id },
    });
  }

  /** An agent gives its place up while it waits for others, however many at once, and takes one again afterwards. */
  private leaveOfAbsence(): <T>(work: () => Promise<T>) => Promise<T> {
    let waitingFor = 0;
    return async (work) => {
      waitingFor += 1;
      if (waitingFor === 1) this.#limiter.leave();
      try {
        return await work();
      } finally {
        waitingFor -= 1;
        if (waitingFor === 0) await this.#limiter.enter();
      }
    };
  }

  private async grant(
    from: TrustedAgent,
    to: TrustedAgent,
    request: ScopedDelegation,
    under?: Grant | null,
  ): Promise<DelegationRecord> {
    this.run.expectOpen();
    const parent = under === undefined ? await this.grantFor(from) : under;
    const { humanOrigin } = this.run.options;
    const delegated = await delegate(this.kernel, {
      ...request,
      delegatorId: from.id,
      delegateeId: to.id,
      taskId: this.run.taskId,
      runId: this.run.runId,
      parentDelegationId: parent?.record.id ?? null,
      ...(humanOrigin && { humanOrigin }),
    });
    return this.keep(delegated).record;
  }

  private keep(delegated: Delegated): Grant {
    const { record, path } = delegated;
    const grant: Grant = { ...delegated, delegatorIds: path.map((link) => link.record.delegatorId) };
    this.#grants.set(record.id, grant);
    this.#newest.set(record.delegateeId, grant);
    this.#newestOfPair.set(pair(record.delegatorId, record.delegateeId), grant);
    this.context.recordDelegation(record);
    this.run.emit({
      type: 'delegated',
      from: record.delegatorId,
      to: record.delegateeId,
      delegation: record,
    });
    return grant;
  }

  /** The delegation an agent acts under; none for the agent that leads. @throws DelegationError `DELEGATION_REQUIRED`. */
  private grantFor(agent: TrustedAgent): Grant | undefined | Promise<Grant | undefined> {
    const grant = this.#newest.get(agent.id);
    if (grant) return grant;
    this.#leaderId ??= agent.id;
    if (this.#leaderId === agent.id) {
      const { outer } = this.options;
      if (!outer) return undefined;
      this.#lead ??= this.leadUnder(outer, agent);
      return this.#lead;
    }
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

  /**
   * A run that is started inside an invocation rests on that invocation's authority, and is no way out of it: the
   * agent that was invoked delegates to the one that leads, under what was delegated to itself.
   */
  private async leadUnder(outer: ScopeAuthority, leader: TrustedAgent): Promise<Grant | undefined> {
    if (outer.agentId === leader.id)
      return outer.delegationId === null ? undefined : this.outerGrant(outer, leader);
    const { humanOrigin } = this.run.options;
    const delegated = await delegate(this.kernel, {
      delegatorId: outer.agentId,
      delegateeId: leader.id,
      capabilities: [EXECUTE],
      taskId: this.run.taskId,
      runId: this.run.runId,
      parentDelegationId: outer.delegationId,
      ...(humanOrigin && { humanOrigin }),
    });
    return this.keep(delegated);
  }

  /** The same agent again: it goes on under the delegation that it has. */
  private async outerGrant({ delegationId }: ScopeAuthority, leader: TrustedAgent): Promise<Grant> {
    const request = { delegationId: delegationId as string, delegateeId: leader.id, taskId: this.run.taskId };
    const path = await checkPath(new View(this.kernel), request);
    if ('code' in path) throw new VerificationDeniedError(leader.id, EXECUTE, path);
    const { record } = path.links[0] as DelegationEvidence;
    return { record, path: path.links, delegators: [], delegatorIds: path.delegatorIds, isOuter: true };
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
    const grant = this.#newestOfPair.get(pair(delegatorId, to.id));
    if (grant) return grant;
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

/** An error may be of somebody else's making, and not to be written to; then one that is it in all else. */
function withRun(error: EatpError, run: FailedRun): EatpError {
  try {
    error.run = run;
    return error;
  } catch {
    return Object.create(error, { run: { value: run, enumerable: true } }) as EatpError;
  }
}

/** What a pattern says of an action may inform a constraint; what time it is, is not the pattern's to say. */
function withoutTime(context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { current_time: _python, currentTime: _typescript, ...rest } = context;
  return rest;
}

const pair = (delegatorId: string, delegateeId: string): string => `${delegatorId}\n${delegateeId}`;
