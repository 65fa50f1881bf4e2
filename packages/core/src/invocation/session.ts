import type { DelegationRecord, HumanOrigin } from '../chain/index.js';
import {
  type InvocationProof,
  type ProofTarget,
  proveInvocation,
} from '../trust/exchange/invocation-proof.js';
import { type CapturedValue, captureValue } from '../values/index.js';
import { countInvocation, runInvoked } from './ambient.js';
import { defaultAction } from './basis.js';
import type { ReportedUsage } from './budget-terms.js';
import { parseAgentCall, parseDelegation, parseProofTarget, parseToolCall } from './call-options.js';
import type { AgentCallOptions, ContextDelegation, ToolCallOptions } from './context.js';
import { countReport, countTime } from './count-usage.js';
import { expectApproved } from './expect-approved.js';
import { expectEncodable } from './expect-encodable.js';
import { expectOwn } from './expect-own.js';
import { guard } from './guard.js';
import type { Call } from './lifecycle.js';
import { type ContextHost, makeContext, type Scope } from './make-context.js';
import { invocationOf } from './make-invocation.js';
import { observeCall, type SeenCall } from './observe-call.js';
import { outputOf } from './output.js';
import { toolWork } from './recorded-arguments.js';
import { delegatorOf, refusedDelegation } from './refused-delegation.js';
import type { SessionOptions, Work } from './session-options.js';
import { watchAuthority } from './withdrawal.js';

/** Carries out the requests of agents and patterns, all of them through the one guard. */
export class InvocationSession implements ContextHost {
  constructor(
    /** The facts that all invocations of the session share. */
    readonly at: SessionOptions,
  ) {}

  /** The task that the work is done for. */
  get taskId(): string {
    return this.at.taskId;
  }

  /** The run; null outside runs. */
  get runId(): string | null {
    return this.at.runId;
  }

  /** The person on whose behalf the work is done. */
  get humanOrigin(): HumanOrigin | undefined {
    return this.at.person?.origin;
  }

  /** The moment at which the run times out, in milliseconds since the epoch; undefined without a time limit. */
  get deadline(): number | undefined {
    return this.at.deadline();
  }

  /**
   * Performs an action: numbered, limited, timed, verified and recorded. @returns the output. @throws what
   * {@link guard} throws.
   */
  perform(work: Work): Promise<unknown> {
    const { lifecycle } = this.at;
    expectApproved(work, this.runId);
    const { actor, action, timeout, within, signal, step } = work;
    const { id: agentId, interrupted } = actor;
    const plan = { agentId, interrupted, action, timeout, within, signal, step };
    return lifecycle.perform(plan, (call) => {
      const { observers, trace } = this.at;
      if (!observers) return this.#guarded(work, Object.assign(call, { trace }));
      return observeCall(observers, this.at, work, call, (seen) => this.#guarded(work, call, seen));
    });
  }

  async #guarded(work: Work, call: Call, seen?: SeenCall): Promise<unknown> {
    const { deployment, pending } = this.at;
    const { actor, action } = work;
    const invocation = invocationOf(this.at, work, call);
    const watch = watchAuthority(deployment, { invocation, control: call.control, pending });
    const uncount = countInvocation(deployment);
    try {
      const output = await guard(this.at, invocation, call, {
        seen,
        spend: (labels) => this.at.budget.take(work, labels),
        onPermitted: (verdict) => {
          watch.until(verdict.validUntil);
          if (verdict.endsAt !== undefined) call.endWithin(verdict.endsAt - deployment.now());
          seen?.onVerdict(verdict);
          this.at.onPermitted?.(verdict);
        },
        onDenied: (denial) => {
          seen?.onDenied(denial);
          this.at.onDenied?.(actor.id, action, denial);
        },
        perform: () => this.#call(work, call),
      });
      seen?.onOutput(output);
      return output.value;
    } finally {
      countTime(this.at.budget, work, call, invocation.startedAt, deployment.now());
      uncount();
      watch.end();
    }
  }

  /** Counts what an agent reports that it used. */
  reportUsage(scope: Scope, given: ReportedUsage): void {
    countReport(this.at.budget, scope, given);
  }

  /** Calls a tool of the agent for its invocation. */
  callTool(
    scope: Scope,
    name: string,
    args: unknown,
    options: ToolCallOptions | undefined,
  ): Promise<unknown> {
    return this.#ask(scope, () => {
      const { actor, basis, call } = scope;
      const { timeout, facts, signal } = parseToolCall(options);
      const input = captureValue(args, `arguments of tool '${name}'`, this.at.valueLimits);
      const tool = actor.tool(name);
      const work = { ...toolWork(actor, tool, input), basis, facts, timeout, signal, within: call };
      return this.#performWithin(call, work, `tool ${name}`);
    });
  }

  /** Invokes another agent for the invocation of an agent. */
  invoke(
    scope: Scope,
    agent: unknown,
    given: unknown,
    options: AgentCallOptions | undefined,
  ): Promise<unknown> {
    return this.#ask(scope, () => {
      const { timeout, facts, signal, method, action, delegationId, trace } = parseAgentCall(options);
      const actor = expectOwn(this.at, agent);
      const input = captureValue(given, `input of agent '${actor.name}'`, this.at.valueLimits);
      actor.expectMethod(method);
      const basis = this.at.grants.between(scope.actor.id, actor, scope.call.id, delegationId);
      const by = { method };
      const work = { actor, input, basis, action: action ?? defaultAction(basis), by, facts, timeout, trace };
      const what = `invoke ${actor.id} ${method}`;
      return this.#performWithin(scope.call, { ...work, signal, within: scope.call }, what);
    });
  }

  /** Performs an action inside a call, or gives the outcome that an earlier attempt of the call recorded for it. */
  async #performWithin(call: Call, work: Work, what: string): Promise<unknown> {
    const print = `${what} ${work.action} ${work.inputDigest ?? work.input.digest}`;
    const numbered = call.step?.nested(print, work.actor);
    if (numbered && 'settled' in numbered) return numbered.settled();
    return call.away(async () => {
      const approvedBy = numbered && (await this.at.approve?.(work, numbered.step));
      call.expectInProgress();
      return this.perform(numbered ? { ...work, step: numbered.step, approvedBy } : work);
    });
  }

  /** Delegates to another agent for the rest of an invocation. */
  delegate(scope: Scope, agent: unknown, given: ContextDelegation): Promise<DelegationRecord> {
    return this.#ask(scope, async () => {
      const { actor, basis, call } = scope;
      const delegation = parseDelegation(given);
      const to = expectOwn(this.at, agent);
      try {
        return (await this.at.grants.make(actor, to, delegation, basis, call.id)).record;
      } catch (error) {
        const asked = { delegateeId: to.id, capabilities: delegation.capabilities };
        const draft = refusedDelegation(delegatorOf(scope), asked, error);
        if (draft) await this.at.trail.append(draft);
        throw error;
      }
    });
  }

  /** Proves an invocation to an agent in another process. */
  prove(scope: Scope, given: ProofTarget | undefined): Promise<InvocationProof> {
    return this.#ask(scope, async () => this.#prove(scope, parseProofTarget(given)));
  }

  #prove(
    { actor, call, basis }: Scope,
    target: ReturnType<typeof parseProofTarget>,
  ): Promise<InvocationProof> {
    const { deployment, runId, taskId, person } = this.at;
    const what = {
      invocationId: call.id,
      taskId,
      agentId: actor.id,
      action: call.action,
      delegationId: basis?.record.id ?? null,
      binding: basis?.binding,
      ...(runId !== null && { runId }),
      person,
    };
    return proveInvocation(deployment, what, target);
  }

  /** Passes on a report of progress. */
  report({ call }: Scope, progress: unknown): void {
    this.at.report(call, progress);
  }

  /** Leftover code must not act in the name of an invocation that has ended. */
  #ask<T>({ call }: Scope, ask: () => Promise<T>): Promise<T> {
    return this.at.track(async () => {
      call.expectInProgress();
      return ask();
    });
  }

  #call({ actor, input, basis, by }: Work, call: Call): CapturedValue | Promise<CapturedValue> {
    const context = makeContext({ host: this, actor, call, basis });
    const around = { deployment: this.at.deployment, invocationId: call.id, agentId: actor.id };
    const outputName = `output of agent '${actor.name}'`;
    const output = runInvoked(around, () => {
      const result =
        'tool' in by ? by.tool.run(input.value, context) : actor.call(by.method, input.value, context);
      return outputOf(result, {
        what: outputName,
        limits: this.at.valueLimits,
        signal: () => call.control.signal,
        report: (progress) => this.at.report(call, progress),
      });
    });
    if (!call.step) return output;
    return output instanceof Promise ? output.then(expectEncodable) : expectEncodable(output);
  }
}
