import type { HumanOrigin } from '../chain/index.js';
import { PatternContractError } from '../errors/index.js';
import {
  type InvocationProof,
  type ProofTarget,
  proveInvocation,
} from '../trust/exchange/invocation-proof.js';
import type { Person } from '../trust/persons.js';
import type { Denial } from '../trust/verify/denial.js';
import type { VerificationResult } from '../trust/verify/types.js';
import { type CapturedValue, captureValue, type ValueLimits } from '../values/index.js';
import type { JsonObject } from '../wire/index.js';
import { type Actor, expectActor, type Tool } from './actor.js';
import { countInvocation, runInvoked } from './ambient.js';
import { type Basis, defaultAction } from './basis.js';
import { parseAgentCall, parseDelegation, parseProofTarget, parseToolCall } from './call-options.js';
import type { AgentCallOptions, ContextDelegation, ToolCallOptions } from './context.js';
import type { Grants } from './grants.js';
import { type GuardPlace, guard } from './guard.js';
import type { Invocation } from './invocation.js';
import type { Call, Lifecycle } from './lifecycle.js';
import { type ContextHost, makeContext, type Scope } from './make-context.js';
import { outputOf } from './output.js';
import { recordedArguments } from './recorded-arguments.js';
import { watchAuthority } from './withdrawal.js';

/** Where invocations take place: a run, or a standalone call. */
export interface SessionOptions extends GuardPlace {
  /** Null outside a run. */
  readonly runId: string | null;
  /** The task of all invocations here. */
  readonly taskId: string;
  /** Who wanted it: an agent or a user. */
  readonly initiatorId: string | null;
  /** On whose behalf. */
  readonly person: Person | undefined;
  /** Facts for constraint evaluators, from whoever started the work. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Numbers, limits, times and stops calls. */
  readonly lifecycle: Lifecycle;
  /** The delegations made here. */
  readonly grants: Grants;
  /** How large inputs and outputs may be. */
  readonly valueLimits: ValueLimits | undefined;
  /** When all of it must have ended, in milliseconds since the epoch. */
  deadline(): number | undefined;
  /** Keeps track of what agents ask for, so that nothing of it outlives the work. */
  track<T>(ask: () => Promise<T>): Promise<T>;
  /** The agent of this id that takes part, if one does. */
  participant(agentId: string): Actor | undefined;
  /** Is notified of progress. */
  report(call: Call, progress: unknown): void;
  /** Is notified of each verdict that permits. */
  onPermitted?(verdict: VerificationResult): void;
  /** Is notified of each denial. */
  onDenied?(agentId: string, action: string, denial: Denial): void;
}

/** One thing to be done. */
export interface Work {
  /** Who does it. */
  readonly actor: Actor;
  /** What it receives. */
  readonly input: CapturedValue;
  /** What it acts under; undefined: its own right. */
  readonly basis: Basis | undefined;
  /** What is verified and recorded. */
  readonly action: string;
  /** The method that is called, or the tool that is used. */
  readonly by: { readonly method: string } | { readonly tool: Tool };
  /** What it is done to. */
  readonly resource?: string | undefined;
  /** Facts for constraint evaluators. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  /** Signed with the anchor. */
  readonly details?: JsonObject | undefined;
  /** The digest to record, where the input holds secrets. Default: the input's. */
  readonly inputDigest?: string;
  /** In milliseconds. */
  readonly timeout?: number | undefined;
  /** The call in which this one is made. */
  readonly within?: Call | undefined;
}

/** Does what agents and patterns ask for, all of it by the one guard. */
export class InvocationSession implements ContextHost {
  constructor(readonly at: SessionOptions) {}

  get taskId(): string {
    return this.at.taskId;
  }

  get runId(): string | null {
    return this.at.runId;
  }

  get humanOrigin(): HumanOrigin | undefined {
    return this.at.person?.origin;
  }

  get deadline(): number | undefined {
    return this.at.deadline();
  }

  /** Numbered, limited, timed, verified and recorded. @returns the output. @throws what {@link guard} throws. */
  async perform(work: Work): Promise<unknown> {
    const { deployment, lifecycle } = this.at;
    const { actor, action, timeout, within } = work;
    const plan = { agentId: actor.id, action, timeout, within };
    const output = await lifecycle.perform(plan, async (call) => {
      const invocation = this.#invocationOf(work, call);
      const watch = watchAuthority(deployment, invocation, call.control);
      const uncount = countInvocation(deployment);
      try {
        return await guard(this.at, invocation, call, {
          onPermitted: (verdict) => {
            watch.until(verdict.validUntil);
            this.at.onPermitted?.(verdict);
          },
          onDenied: (denial) => this.at.onDenied?.(actor.id, action, denial),
          perform: () => this.#call(work, call),
        });
      } finally {
        uncount();
        watch.end();
      }
    });
    return output.value;
  }

  callTool(
    scope: Scope,
    name: string,
    args: unknown,
    options: ToolCallOptions | undefined,
  ): Promise<unknown> {
    return this.#ask(scope, () => {
      const { actor, basis, call } = scope;
      const { timeout, facts } = parseToolCall(options);
      const input = captureValue(args, `arguments of tool '${name}'`, this.at.valueLimits);
      const tool = actor.tool(name);
      return call.away(() =>
        this.perform({ ...toolWork(actor, tool, input), basis, facts, timeout, within: call }),
      );
    });
  }

  invoke(
    scope: Scope,
    agent: unknown,
    given: unknown,
    options: AgentCallOptions | undefined,
  ): Promise<unknown> {
    return this.#ask(scope, () => {
      const { timeout, facts, method, action, delegationId } = parseAgentCall(options);
      const actor = this.#expectOwn(agent);
      const input = captureValue(given, `input of agent '${actor.name}'`, this.at.valueLimits);
      actor.expectMethod(method);
      const basis = this.at.grants.between(scope.actor.id, actor, scope.call.id, delegationId);
      const by = { method };
      const work = { actor, input, basis, action: action ?? defaultAction(basis), by, facts, timeout };
      return scope.call.away(() => this.perform({ ...work, within: scope.call }));
    });
  }

  delegate(scope: Scope, agent: unknown, given: ContextDelegation): Promise<Basis> {
    return this.#ask(scope, () => {
      const delegation = parseDelegation(given);
      return this.at.grants.make(scope.actor, this.#expectOwn(agent), delegation, scope.basis, scope.call.id);
    });
  }

  async prove({ actor, call, basis }: Scope, given: ProofTarget | undefined): Promise<InvocationProof> {
    call.expectInProgress();
    const target = parseProofTarget(given);
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

  report({ call }: Scope, progress: unknown): void {
    this.at.report(call, progress);
  }

  /** Left-over code must not act in the name of an invocation that has ended. */
  #ask<T>({ call }: Scope, ask: () => Promise<T>): Promise<T> {
    return this.at.track(async () => {
      call.expectInProgress();
      return ask();
    });
  }

  #call({ actor, input, basis, by }: Work, call: Call): CapturedValue | Promise<CapturedValue> {
    const context = makeContext({ host: this, actor, call, basis });
    const around = { deployment: this.at.deployment, invocationId: call.id, agentId: actor.id };
    return runInvoked(around, () => {
      const result =
        'tool' in by ? by.tool.run(input.value, context) : actor.call(by.method, input.value, context);
      return outputOf(result, {
        what: `output of agent '${actor.name}'`,
        limits: this.at.valueLimits,
        signal: () => call.control.signal,
        report: (progress) => this.at.report(call, progress),
      });
    });
  }

  #invocationOf(work: Work, call: Call): Invocation {
    const { taskId, runId, initiatorId, person, facts } = this.at;
    const { by, input } = work;
    const tool = 'tool' in by ? by.tool : undefined;
    return Object.freeze({
      id: call.id,
      taskId,
      runId,
      agentId: work.actor.id,
      action: work.action,
      method: 'method' in by ? by.method : null,
      tool: tool?.name ?? null,
      effects: tool?.effects,
      resource: work.resource ?? null,
      basis: work.basis,
      initiatorId,
      person,
      depth: call.depth,
      input,
      inputDigest: work.inputDigest ?? input.digest,
      // What whoever started the work says of it, no agent can say otherwise.
      facts: work.facts ? { ...work.facts, ...facts } : facts,
      details: work.details,
    });
  }

  /** An agent of another deployment, or one that takes the name of an agent of this run, is not one of ours. */
  #expectOwn(agent: unknown): Actor {
    const actor = expectActor(agent);
    const participant = this.at.participant(actor.id) ?? actor;
    if (actor.deployment === this.at.deployment && participant === actor) return actor;
    throw new PatternContractError(`Agent '${actor.name}' does not belong to this run`, {
      expected: 'the TrustedAgent that was given to the runtime, or another over the same TrustOperations',
      received: 'another object with its id, or one of another deployment',
      remedy: 'Use the same TrustedAgent object everywhere.',
      evidence: { agentId: actor.id },
    });
  }
}

/** The use of a tool: what is recorded of its arguments is free of secrets. */
export function toolWork(actor: Actor, tool: Tool, input: CapturedValue) {
  const recorded = recordedArguments(input);
  return {
    actor,
    input,
    action: tool.capability,
    by: { tool },
    resource: `tool:${tool.name}`,
    details: { tool: tool.name, arguments: recorded.value },
    inputDigest: recorded.digest,
  } as const;
}
