import { innerAgentOf, recordOfTool, type TrustedAgent, toolOf, trustOf } from '../agent/trusted-agent.js';
import {
  EatpError,
  ExecutionCancelledError,
  ExecutionTimeoutError,
  PatternContractError,
  RevokedError,
  VerificationDeniedError,
} from '../errors/index.js';
import { CallControl } from '../invocation/call-control.js';
import { guardedCall } from '../invocation/guard.js';
import { Limiter } from '../invocation/limiter.js';
import { type InvocationScope, runInScope } from '../invocation/scope.js';
import type { Revocation } from '../store/index.js';
import type { RunTrail } from '../trust/audit/run-trail.js';
import type { Deployment } from '../trust/deployment.js';
import { type ProvenInvocation, proveInvocation } from '../trust/exchange/invocation-proof.js';
import { deploymentOf, type TrustOperations } from '../trust/trust-operations.js';
import { stillAllowed } from '../trust/verify/authority-withdrawn.js';
import { EXECUTE } from '../trust/verify/capability-match.js';
import type { JsonObject } from '../wire/index.js';
import { callMethod } from './call-method.js';
import type { RuntimeLimits } from './execute-options.js';
import type { ActiveCall, Run } from './run.js';
import type { Grant, RunGrants } from './run-grants.js';

/** One thing to be done in a run. */
export interface Work {
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

/** What a run's work needs of the run. */
export interface WorkPlace {
  readonly deployment: Deployment;
  readonly run: Run;
  readonly trail: RunTrail;
  readonly grants: RunGrants;
  readonly agents: readonly TrustedAgent[];
  readonly limits: RuntimeLimits;
  onStart(agentId: string): void;
}

/** Does what is to be done in a run, all of it by the same guard: numbered, limited, timed, verified and recorded. */
export class GuardedWork {
  readonly #underWay = new Map<ActiveCall, Work>();
  readonly #limiter: Limiter;

  constructor(private readonly at: WorkPlace) {
    this.#limiter = new Limiter(at.limits.maxConcurrentInvocations ?? DEFAULT_CONCURRENCY);
  }

  /** Stops whatever rests on authority that was just withdrawn. */
  obey({ kind, subjectId, reason }: Revocation): void {
    const error = new RevokedError(`${kind} ${subjectId}`, reason);
    const { run } = this.at;
    if (kind === 'person' && subjectId === run.options.humanOrigin?.humanId) return run.abort(error);
    for (const [call, { grant }] of this.#underWay) {
      const isConcerned =
        kind === 'agent'
          ? call.agentId === subjectId || grant?.delegatorIds.includes(subjectId)
          : kind === 'delegation' && grant?.path.some((link) => link.record.id === subjectId);
      if (isConcerned) call.control.abort(error);
    }
    this.recheck();
  }

  /** What rests on chains, and on lasting delegations in them, is found out by asking again. */
  recheck(): void {
    for (const [call, { agent, action, resource, grant, context }] of this.#underWay) {
      void stillAllowed(this.at.deployment, {
        agentId: agent.id,
        action,
        ...(resource !== undefined && { resource }),
        ...(context && { context }),
        ...(grant && { delegationId: grant.record.id, taskId: this.at.run.taskId }),
      }).then((withdrawn) => {
        if (withdrawn) call.control.abort(new RevokedError(`agent ${agent.id}`, withdrawn.reason));
      });
    }
  }

  /** Everything that is done in a run is done here: numbered, limited, timed, guarded, and told to whoever watches. */
  async perform(work: Work): Promise<unknown> {
    this.at.run.expectOpen();
    const { agent, action } = work;
    const control = new CallControl();
    const call: ActiveCall = { invocationId: this.at.run.nextInvocationId(), agentId: agent.id, control };
    this.at.run.calls.add(call);
    this.#underWay.set(call, work);
    const release = (work.within?.control ?? this.at.run.control).watchOver(control);
    const started = this.at.run.isWatched ? performance.now() : 0;
    const ended = (outcome: 'success' | 'failed', code?: string): void =>
      this.at.run.emit({
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
        this.at.run.emit({ type: 'denied', agentId: agent.id, action, denial: error.denial as never });
      }
      ended('failed', error instanceof EatpError ? error.code : undefined);
      throw error;
    } finally {
      release();
      this.at.run.calls.delete(call);
      this.#underWay.delete(call);
      control.abandon(
        () => new ExecutionCancelledError(call.invocationId, 'the call that made it has ended'),
      );
    }
  }

  private async guard(work: Work, call: ActiveCall): Promise<unknown> {
    const { agent, grant, action, resource } = work;
    const { control, invocationId } = call;
    const { initiatorId, humanOrigin } = this.at.run.options;
    let isIn = false;
    let timer: NodeJS.Timeout | undefined;
    const limit = work.timeout ?? this.at.limits.invocationTimeout;
    const scope = this.scopeOf(work, call);
    try {
      const { output } = await guardedCall(this.at.deployment, {
        trail: this.at.trail,
        invocationId,
        taskId: this.at.run.taskId,
        ...(!grant?.isOuter && { runId: this.at.run.runId }),
        agentId: agent.id,
        action,
        ...(resource !== undefined && { resource }),
        delegationId: grant?.record.id ?? null,
        ...(initiatorId !== undefined && { initiatorId }),
        ...(humanOrigin && { humanOrigin }),
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
          this.at.onStart(agent.id);
          if (limit !== undefined) {
            const expire = (): void =>
              control.abort(new ExecutionTimeoutError(`Invocation ${invocationId}`, limit));
            timer = setTimeout(expire, limit);
            call.deadline = Date.now() + limit;
          }
          this.at.run.emit({ type: 'invocation_started', invocationId, agentId: agent.id, action });
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
  private scopeOf({ agent, grant, action }: Work, call: ActiveCall): InvocationScope {
    const outsideLimit = this.leaveOfAbsence();
    const within = <T>(work: () => Promise<T>): Promise<T> =>
      this.at.run.track(() => {
        this.expectUnderWay(call);
        return work();
      }, 'agent');
    return {
      context: this.at.run.contextOf(call, {
        action,
        ...(grant && { delegation: grant.record }),
        prove: async (payloadSha256) => {
          this.expectUnderWay(call);
          return proveInvocation(this.at.deployment, this.provenOf(call, action, grant), payloadSha256);
        },
      }),
      authority: {
        deployment: this.at.deployment,
        agentId: agent.id,
        delegationId: grant?.record.id ?? null,
        control: call.control,
        expectUnderWay: () => this.expectUnderWay(call),
      },
      invoke: (other, input) =>
        within(() => {
          this.expectOwn(other);
          const given = this.at.grants.between(agent.id, other, grant);
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
          return this.at.grants.make(agent, to, request, grant ?? null);
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

  private provenOf(
    { invocationId, agentId }: ActiveCall,
    action: string,
    grant: Grant | undefined,
  ): ProvenInvocation {
    const { taskId, runId, options } = this.at.run;
    const { humanOrigin } = options;
    const delegationId = grant?.record.id ?? null;
    return {
      invocationId,
      taskId,
      runId,
      agentId,
      action,
      delegationId,
      ...(humanOrigin && { humanOrigin }),
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
    const namesake = this.at.agents.find((other) => other.id === agent.id);
    if (
      deploymentOf(trustOf.get(agent) as TrustOperations) === this.at.deployment &&
      (namesake ?? agent) === agent
    )
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
}

/** What is verified and recorded where nobody says otherwise. */
export const defaultAction = (grant: Grant | undefined): string =>
  grant?.record.capabilitiesDelegated[0] ?? EXECUTE;
