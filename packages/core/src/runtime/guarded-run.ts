import type { TrustedAgent } from '../agent/trusted-agent.js';
import { TrustedSupervisorAgent } from '../agent/trusted-supervisor-agent.js';
import type { DelegationRecord, VerificationLevel } from '../chain/index.js';
import {
  type EatpError,
  InvalidArgumentError,
  RevokedError,
  VerificationDeniedError,
} from '../errors/index.js';
import { type Actor, expectActor } from '../invocation/actor.js';
import { type Basis, defaultAction } from '../invocation/basis.js';
import { Grants } from '../invocation/grants.js';
import { Lifecycle } from '../invocation/lifecycle.js';
import { Limiter } from '../invocation/limiter.js';
import type { Scope } from '../invocation/make-context.js';
import { PendingDelegations } from '../invocation/pending-delegations.js';
import { InvocationSession } from '../invocation/session.js';
import { listenToStore } from '../invocation/withdrawal.js';
import type {
  AgentHandle,
  DelegateOptions,
  DelegationGrant,
  InvokeOptions,
  PatternVerifyOptions,
  ShareOptions,
} from '../pattern/pattern.js';
import { RunTrail } from '../trust/audit/run-trail.js';
import type { Deployment } from '../trust/deployment.js';
import { disclosureOf, type Person } from '../trust/persons.js';
import { ReadSet } from '../trust/read-set.js';
import { PARTICIPATION } from '../trust/verify/capability-match.js';
import type { VerificationResult } from '../trust/verify/types.js';
import { verify } from '../trust/verify/verify.js';
import { type CapturedValue, captureValue, frozenCopy, type ValueLimits } from '../values/index.js';
import { formatTimestamp } from '../wire/index.js';
import { AgentHandles } from './agent-handles.js';
import { depthUnderLeader, Leader } from './leader.js';
import { DEFAULT_LIMITS, type RuntimeLimits } from './limits.js';
import type { OrchestrationResult } from './orchestration-result.js';
import { notTrusted, type Participants } from './participants.js';
import { parseDelegate, parseInvoke, parseShare, parseVerify } from './pattern-requests.js';
import type { Run } from './run.js';
import type { RunDriver } from './run-driver.js';
import { RunRecords } from './run-records.js';
import { valueLimitsOf } from './value-limits.js';

/** The surroundings of a guarded run. */
export interface GuardedRunOptions {
  readonly deployment: Deployment;
  readonly pattern: string;
  readonly agents: ReadonlyMap<string, TrustedAgent>;
  readonly level: VerificationLevel;
  /** Verifies the agents before the run; undefined: each is verified when it acts. */
  readonly participants: Participants | undefined;
  readonly limits: RuntimeLimits;
  /** On whose behalf. */
  readonly person: Person | undefined;
  /** The invocation in which the run was started. */
  readonly outer: Scope | undefined;
}

/** A run in which nothing happens that is not verified first and recorded: the guard behind a pattern's execution. */
export class GuardedRun implements RunDriver {
  readonly handles: readonly AgentHandle[];
  readonly isGuarded = true;
  readonly maxDelegationDepth: number;
  readonly #agents: AgentHandles<Actor>;
  readonly #delegations: DelegationRecord[] = [];
  readonly #unenforced = new Set<string>();
  readonly #grants: Grants;
  readonly #leader: Leader;
  readonly #lifecycle: Lifecycle;
  readonly #pending: PendingDelegations;
  readonly #records: RunRecords;
  readonly #session: InvocationSession;
  readonly #valueLimits: ValueLimits;

  constructor(
    private readonly run: Run,
    private readonly options: GuardedRunOptions,
  ) {
    const { deployment, agents, limits, person, outer, pattern } = options;
    const { runId, taskId, request } = run;
    this.#agents = new AgentHandles(
      Array.from(agents, ([name, agent]) => [name, expectActor(agent)] as const),
      ({ agent, id }) => ({
        id,
        capabilities: (agent as TrustedAgent).capabilities,
        isSupervisor: agent instanceof TrustedSupervisorAgent,
        methods: () => (agent as TrustedAgent).methods,
      }),
    );
    this.handles = this.#agents.all;
    this.#valueLimits = valueLimitsOf(limits);
    this.maxDelegationDepth = depthUnderLeader(
      deployment.settings.maxDelegationDepth,
      outer,
      outer !== undefined && this.#agents.byId(outer.actor.id) !== undefined,
    );
    const trail = new RunTrail(deployment, runId, (anchor) => run.emit({ type: 'recorded', anchor }));
    this.#pending = new PendingDelegations(
      deployment.store,
      ({ delegationId }) => this.#announce(delegationId),
      disclosureOf(person),
    );
    this.#grants = new Grants({
      deployment,
      runId,
      taskId,
      person: person?.pseudonym ?? null,
      overlay: this.#pending,
      keep: (entry, { record }) => {
        this.#pending.add(entry);
        this.#delegations.push(record);
        return undefined;
      },
    });
    this.#leader = new Leader(this.#grants, outer);
    this.#lifecycle = new Lifecycle({
      nextId: () => run.nextInvocationId(),
      control: run.control,
      limiter: new Limiter(limits.maxConcurrentInvocations ?? DEFAULT_LIMITS.maxConcurrentInvocations),
      timeout: limits.invocationTimeout,
      maxNesting: limits.maxNesting ?? DEFAULT_LIMITS.maxNesting,
      depth: outer ? outer.call.depth + 1 : 0,
      observer: run.observer,
    });
    this.#session = new InvocationSession({
      deployment,
      trail,
      pending: this.#pending,
      runId,
      taskId,
      initiatorId: request.initiatorId ?? null,
      person,
      facts: request.facts,
      lifecycle: this.#lifecycle,
      grants: this.#grants,
      valueLimits: this.#valueLimits,
      deadline: () => run.deadline,
      track: (ask) => run.track(ask, 'agent'),
      participant: (agentId) => this.#agents.byId(agentId),
      report: (call, progress) =>
        run.emit({ type: 'progress', invocationId: call.id, agentId: call.agentId, progress }),
      onPermitted: ({ unenforcedConstraints }) => {
        for (const label of unenforcedConstraints) this.#unenforced.add(label);
      },
      onDenied: (agentId, action, denial) => run.emit({ type: 'denied', agentId, action, denial }),
    });
    this.#records = new RunRecords({
      deployment,
      run,
      pattern,
      trail,
      grants: this.#grants,
      pending: this.#pending,
      person,
      outer,
      delegations: this.#delegations,
    });
  }

  get calls() {
    return this.#lifecycle.calls;
  }

  /** Stops the run when its person is revoked, and forgets what an agent gave or got that is revoked. */
  watch(): () => void {
    const { deployment, person } = this.options;
    return listenToStore(deployment, (event) => {
      if (event.type !== 'revoked') return;
      const { kind, subjectId, reason } = event.revocation;
      if (kind === 'agent') this.#pending.drop(subjectId);
      if (kind === 'person' && subjectId === person?.pseudonym)
        this.run.abort(new RevokedError(`person ${subjectId}`, reason));
    });
  }

  /** @throws AgentNotTrustedError if an agent may not take part; the denial is recorded. */
  async open(): Promise<void> {
    if (this.run.request.isRunIdGiven) await this.#expectNewRun();
    const { participants } = this.options;
    const refused = await participants?.findRefused(this.handles.map(({ id }) => id));
    if (!refused) return;
    const { agentId, denial } = refused;
    await this.#records.denied(agentId, PARTICIPATION, denial, null);
    this.run.emit({ type: 'denied', agentId, action: PARTICIPATION, denial });
    throw notTrusted(this.#agents.byId(agentId)?.name ?? agentId, refused);
  }

  async #expectNewRun(): Promise<void> {
    const { runId } = this.run;
    if ((await this.options.deployment.store.trailHead(runId)) === undefined) return;
    this.#records.isTaken = true;
    throw new InvalidArgumentError(`There was a run '${runId}' already`, {
      expected: 'a unique `runId` for each run',
      remedy: 'Omit `runId` to have one made.',
      evidence: { runId },
    });
  }

  invoke(handle: AgentHandle, given: unknown, how: InvokeOptions | undefined): Promise<unknown> {
    const actor = this.#agents.agent(handle);
    const { method, action, delegation, ...options } = parseInvoke(how);
    actor.expectMethod(method);
    const input = captureValue(given, `input of agent '${actor.name}'`, this.#valueLimits);
    const start = (basis: Basis | undefined): Promise<unknown> =>
      this.#session.perform({
        ...options,
        actor,
        input,
        basis,
        action: action ?? defaultAction(basis),
        by: { method },
      });
    const basis = delegation ? this.#grants.named(delegation.id, actor) : this.#leader.basisFor(actor);
    return basis instanceof Promise ? basis.then(start) : start(basis);
  }

  async delegate(from: AgentHandle, to: AgentHandle, given?: DelegateOptions): Promise<DelegationGrant> {
    const { capabilities, constraints, expiresIn } = parseDelegate(given);
    const delegator = this.#agents.agent(from);
    const delegatee = this.#agents.agent(to);
    const under = await this.#leader.basisFor(delegator);
    const request = {
      ...(capabilities && { capabilities }),
      ...(constraints && { additionalConstraints: constraints }),
      ...(expiresIn !== undefined && {
        expiresAt: formatTimestamp(new Date(this.options.deployment.now() + expiresIn)),
      }),
    };
    const { record } = await this.#grants.make(delegator, delegatee, request, under, null);
    return Object.freeze({
      id: record.id,
      from,
      to,
      capabilities: record.capabilitiesDelegated,
      constraints: record.constraintSubset,
    });
  }

  verify(handle: AgentHandle, action: string, how?: PatternVerifyOptions): Promise<VerificationResult> {
    const actor = this.#agents.agent(handle);
    const delegation = parseVerify(how);
    const basis = delegation ? this.#grants.named(delegation.id, actor) : this.#grants.newestTo(actor.id);
    const { deployment, level } = this.options;
    const request = {
      agentId: actor.id,
      action,
      // Each step is judged by all that can be judged, however lightly the agents were looked at before the run.
      level: level === 'full' ? ('full' as const) : ('standard' as const),
      ...(basis && { delegationId: basis.record.id, binding: basis.binding }),
    };
    return verify(deployment, request, new ReadSet(deployment, this.#pending));
  }

  async share(handle: AgentHandle, given: unknown, how: ShareOptions): Promise<unknown> {
    const asked = parseShare(how);
    const { id, name } = this.#agents.agent(handle);
    const value = captureValue(given, `value that agent '${name}' shares`, this.#valueLimits);
    const delegationId = (await this.#leader.basisFor(this.#agents.agent(handle)))?.record.id ?? null;
    const { denial } = await this.verify(handle, asked.action);
    this.run.expectNotStopped();
    if (denial) {
      await this.#records.denied(id, asked.action, denial, delegationId);
      throw new VerificationDeniedError(id, asked.action, denial);
    }
    const shared = frozenCopy(value);
    await this.#records.shared(id, asked, value, delegationId);
    this.run.emit({ type: 'shared', agentId: id, action: asked.action, value: shared });
    return shared;
  }

  async complete(result: CapturedValue): Promise<OrchestrationResult> {
    await this.#records.completed(this.#endedBy, result);
    const { runId, taskId } = this.run;
    const { outer } = this.options;
    return {
      success: true,
      result: result.value,
      runId,
      taskId,
      auditTrail: this.#records.anchors,
      delegations: Object.freeze([...this.#delegations]),
      unenforcedConstraints: Object.freeze([...this.#unenforced]),
      receipt: () => this.#records.receipt(outer?.basis ? [outer.basis] : []),
    };
  }

  fail(error: EatpError): Promise<EatpError> {
    return this.#records.failed(this.#endedBy, error);
  }

  /** Whose authority signs the run's end. */
  get #endedBy(): string {
    return this.#leader.id ?? (this.handles[0] as AgentHandle).id;
  }

  #announce(delegationId: string): void {
    const delegation = this.#delegations.find(({ id }) => id === delegationId);
    if (!delegation) return;
    const { delegatorId: from, delegateeId: to } = delegation;
    this.run.emit({ type: 'delegated', from, to, delegation });
  }
}
