import type { TrustedAgent } from '../agent/trusted-agent.js';
import { TrustedSupervisorAgent } from '../agent/trusted-supervisor-agent.js';
import { type EatpError, VerificationDeniedError } from '../errors/index.js';
import { type Actor, expectActor } from '../invocation/actor.js';
import { type Basis, defaultAction } from '../invocation/basis.js';
import type { CallStep, DurableCall } from '../invocation/call-step.js';
import type {
  AgentHandle,
  DelegateOptions,
  DelegationGrant,
  InvokeOptions,
  PatternVerifyOptions,
  ShareOptions,
} from '../pattern/pattern.js';
import { issueReceipt } from '../receipt/issue-receipt.js';
import type { StoreWrite } from '../store/index.js';
import { ReadSet } from '../trust/read-set.js';
import { PARTICIPATION } from '../trust/verify/capability-match.js';
import type { VerificationResult } from '../trust/verify/types.js';
import { verify } from '../trust/verify/verify.js';
import { type CapturedValue, captureValue, frozenCopy, type ValueLimits } from '../values/index.js';
import { turnOfEventLoop } from '../wire/event-loop.js';
import { formatTimestamp } from '../wire/index.js';
import { AgentHandles } from './agent-handles.js';
import { runIdTaken } from './failed-run.js';
import { depthUnderLeader } from './leader.js';
import type { OrchestrationResult } from './orchestration-result.js';
import { notTrusted } from './participants.js';
import { parseDelegate, parseInvoke, parseShare, parseVerify } from './pattern-requests.js';
import type { Run } from './run.js';
import type { RunDriver } from './run-driver.js';
import { type GuardedRunOptions, makeRunParts, type RunParts } from './run-parts.js';
import { factsOfShared } from './shared-facts.js';
import { valueLimitsOf } from './value-limits.js';
import { watchRevocations } from './watch-revocations.js';

/** A run in which every action is verified first and recorded: the guard behind a pattern's execution. */
export class GuardedRun implements RunDriver {
  readonly handles: readonly AgentHandle[];
  readonly isGuarded = true;
  readonly maxDelegationDepth: number;
  readonly #agents: AgentHandles<Actor>;
  readonly valueLimits: ValueLimits;
  /** The parts of the run. */
  readonly parts: RunParts;

  constructor(
    private readonly run: Run,
    private readonly options: GuardedRunOptions,
  ) {
    const { deployment, agents, limits, outer } = options;
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
    this.valueLimits = valueLimitsOf(limits);
    this.maxDelegationDepth = depthUnderLeader(
      deployment.settings.maxDelegationDepth,
      outer,
      outer !== undefined && this.#agents.byId(outer.actor.id) !== undefined,
    );
    this.parts = makeRunParts(run, options, {
      valueLimits: this.valueLimits,
      participant: (agentId) => this.#agents.byId(agentId),
    });
  }

  get calls() {
    return this.parts.lifecycle.calls;
  }

  /** The time of the deployment. */
  readonly now = async (): Promise<Date> => new Date(this.options.deployment.now());

  /** Stops the run when its person is revoked, and drops the delegations by or for an agent that is revoked. */
  watch(): () => void {
    const { deployment, person } = this.options;
    return watchRevocations(deployment, this.run, this.parts.pending, person?.pseudonym);
  }

  /** @throws AgentNotTrustedError if an agent may not take part; the denial is recorded. */
  async open(): Promise<void> {
    if (this.run.request.isRunIdGiven && !this.options.journal) await this.#expectNewRun();
    const { participants } = this.options;
    const refused = await participants?.findRefused(this.handles.map(({ id }) => id));
    if (!refused) return;
    const { agentId } = refused;
    const denial = await this.parts.records.denied(agentId, PARTICIPATION, refused.denial, null);
    this.run.emit({ type: 'denied', agentId, action: PARTICIPATION, denial });
    throw notTrusted(this.#agents.byId(agentId)?.name ?? agentId, { agentId, denial });
  }

  async #expectNewRun(): Promise<void> {
    const { runId } = this.run;
    if ((await this.options.deployment.store.trailHead(runId)) === undefined) return;
    this.parts.records.isTaken = true;
    throw runIdTaken(runId);
  }

  invoke(handle: AgentHandle, given: unknown, how: InvokeOptions | undefined): Promise<unknown> {
    return this.perform(this.prepare(handle, given, how));
  }

  /** Returns the agent behind a handle. @throws PatternContractError. */
  readonly actorOf = (handle: AgentHandle): Actor => this.#agents.agent(handle);

  /** Reads a request to invoke an agent, once. @throws InvalidArgumentError, UnsupportedValueError. */
  prepare(handle: AgentHandle, given: unknown, how: InvokeOptions | undefined) {
    const actor = this.#agents.agent(handle);
    const asked = parseInvoke(how);
    actor.expectMethod(asked.method);
    const input = captureValue(given, `input of agent '${actor.name}'`, this.valueLimits);
    return { ...asked, actor, input };
  }

  /** Returns what the agent of a request acts under. @throws DelegationError. */
  basisOf({ actor, delegation }: ReturnType<GuardedRun['prepare']>) {
    const { grants, leader } = this.parts;
    return delegation ? grants.named(delegation.id, actor) : leader.basisFor(actor);
  }

  /** Performs a request that {@link prepare} read. */
  perform(prepared: ReturnType<GuardedRun['prepare']>, durable: DurableCall = {}): Promise<unknown> {
    const { method, action, delegation: _named, ...work } = prepared;
    const start = (basis: Basis | undefined): Promise<unknown> =>
      this.parts.session.perform({
        ...work,
        basis,
        action: action ?? defaultAction(basis),
        by: { method },
        ...durable,
      });
    const basis = this.basisOf(prepared);
    return basis instanceof Promise ? basis.then(start) : start(basis);
  }

  async delegate(from: AgentHandle, to: AgentHandle, given?: DelegateOptions): Promise<DelegationGrant> {
    const { capabilities, constraints, expiresIn } = parseDelegate(given);
    const delegator = this.#agents.agent(from);
    const delegatee = this.#agents.agent(to);
    const basis = this.parts.leader.basisFor(delegator);
    const under = basis instanceof Promise ? await basis : basis;
    const request = {
      ...(capabilities && { capabilities }),
      ...(constraints && { additionalConstraints: constraints }),
      ...(expiresIn !== undefined && {
        expiresAt: formatTimestamp(new Date(this.parts.grants.now() + expiresIn)),
      }),
    };
    const { grants, records } = this.parts;
    const made = grants.make(delegator, delegatee, request, under, null).catch(async (error: unknown) => {
      const asked = { delegateeId: to.id, capabilities };
      await records.refusedDelegation(from.id, under?.record.id ?? null, asked, error);
      throw error;
    });
    const { record } = await made;
    return Object.freeze({
      id: record.id,
      from,
      to,
      capabilities: record.capabilitiesDelegated,
      constraints: record.constraintSubset,
    });
  }

  async verify(handle: AgentHandle, action: string, how?: PatternVerifyOptions): Promise<VerificationResult> {
    const actor = this.#agents.agent(handle);
    const delegation = parseVerify(how);
    const { grants, leader } = this.parts;
    const basis = delegation ? grants.named(delegation.id, actor) : leader.knownBasis(actor);
    return this.#judge(actor, action, basis);
  }

  async share(handle: AgentHandle, given: unknown, how: ShareOptions, step?: CallStep): Promise<unknown> {
    const actor = this.#agents.agent(handle);
    const { action, ...asked } = parseShare(how);
    const value = captureValue(given, `value that agent '${actor.name}' shares`, this.valueLimits);
    const { leader, records } = this.parts;
    const basis = await leader.basisFor(actor);
    const delegationId = basis?.record.id ?? null;
    const { denial } = await this.#judge(actor, action, basis, value);
    this.run.expectNotStopped();
    if (denial) {
      const error = new VerificationDeniedError(actor.id, action, denial);
      const told = await records.denied(actor.id, action, denial, delegationId, step?.settle({ error }));
      throw told === denial ? error : new VerificationDeniedError(actor.id, action, told);
    }
    const shared = frozenCopy(value);
    const also = step?.settle({ output: value });
    await records.shared(actor.id, { action, ...asked }, value, delegationId, also);
    this.run.emit({ type: 'shared', agentId: actor.id, action, value: shared });
    return shared;
  }

  /** @param shared - the value that is about to be shared; undefined if the pattern only asks. */
  async #judge(
    actor: Actor,
    action: string,
    basis: Basis | undefined,
    shared?: CapturedValue,
  ): Promise<VerificationResult> {
    const { deployment, level, person } = this.options;
    const turn = turnOfEventLoop();
    if (turn) await turn;
    const guarded = shared && factsOfShared(shared, deployment.now(), person?.pseudonym ?? null);
    const request = {
      agentId: actor.id,
      action,
      // Each step is checked at `standard` at least, even if the agents were checked at `quick` before the run.
      level: level === 'full' ? ('full' as const) : ('standard' as const),
      context: this.run.request.facts,
      ...(basis && { delegationId: basis.record.id, binding: basis.binding }),
      ...(guarded && { guarded }),
    };
    return verify(deployment, request, new ReadSet(deployment, this.parts.pending, this.parts.grants.now()));
  }

  async complete(result: CapturedValue, also?: readonly StoreWrite[]): Promise<OrchestrationResult> {
    await this.parts.records.completed(this.#endedBy, result, also);
    const { runId, taskId } = this.run;
    return {
      success: true,
      result: result.value,
      runId,
      taskId,
      auditTrail: this.parts.records.anchors,
      delegations: Object.freeze([...this.parts.delegations]),
      unenforcedConstraints: Object.freeze([...this.parts.unenforced]),
      usage: this.parts.budget.reported.usage,
      receipt: () => issueReceipt(this.options.deployment, runId),
    };
  }

  fail(error: EatpError, also?: readonly StoreWrite[]): Promise<EatpError> {
    const others = this.handles.map(({ id }) => id);
    return this.parts.records.failed([this.#endedBy, ...others], error, also);
  }

  /** The agent whose authority signs the run's end. */
  get #endedBy(): string {
    return this.parts.leader.id ?? (this.handles[0] as AgentHandle).id;
  }
}
