import type { DelegationRecord, HumanOrigin } from '../chain/index.js';
import { describe, InvalidArgumentError } from '../errors/index.js';
import type { InvocationProof, ProofTarget } from '../trust/exchange/invocation-proof.js';
import type { Actor, Callable } from './actor.js';
import type { Basis } from './basis.js';
import type { ReportedUsage } from './budget-terms.js';
import type { AgentCallOptions, ContextDelegation, InvocationContext, ToolCallOptions } from './context.js';
import type { Call } from './lifecycle.js';

/** The invocation behind a context. */
export interface Scope<Agent extends Callable = Actor> {
  /** Carries out what the agent asks for. */
  readonly host: ContextHost<Agent>;
  /** The agent that is invoked. */
  readonly actor: Agent;
  /** The call that the invocation is. */
  readonly call: Call;
  /** The delegation that the agent acts under; undefined: its own right. */
  readonly basis: Basis | undefined;
}

/** Carries out what an agent asks for through its context: a run, or a standalone call. */
export interface ContextHost<Agent extends Callable = Actor> {
  /** The task of all invocations here. */
  readonly taskId: string;
  /** The run; null outside a run. */
  readonly runId: string | null;
  /** The person on whose behalf the work is done. */
  readonly humanOrigin: HumanOrigin | undefined;
  /** The deadline of the whole work, in milliseconds since the epoch. */
  readonly deadline: number | undefined;
  /** Uses a tool of the agent. */
  callTool(
    scope: Scope<Agent>,
    tool: string,
    args: unknown,
    options: ToolCallOptions | undefined,
  ): Promise<unknown>;
  /** Invokes another agent. */
  invoke(
    scope: Scope<Agent>,
    agent: unknown,
    input: unknown,
    options: AgentCallOptions | undefined,
  ): Promise<unknown>;
  /** Delegates to another agent. */
  delegate(scope: Scope<Agent>, agent: unknown, delegation: ContextDelegation): Promise<DelegationRecord>;
  /** Proves the invocation to an agent in another process; absent without trust. */
  prove?(scope: Scope<Agent>, target: ProofTarget | undefined): Promise<InvocationProof>;
  /** Counts what an agent reports that it used. */
  reportUsage(scope: Scope<Agent>, usage: ReportedUsage): void;
  /** Reports progress. */
  report(scope: Scope<Agent>, progress: unknown): void;
}

const scopes = new WeakMap<object, Scope<never>>();

/**
 * The invocation behind a context.
 *
 * @throws InvalidArgumentError unless it is the very object that was handed out.
 */
export function expectScope(context: unknown): Scope<never> {
  const scope = typeof context === 'object' && context !== null ? scopes.get(context) : undefined;
  if (scope) return scope;
  throw new InvalidArgumentError('`within` must be the context of an invocation', {
    expected: 'the very object that the agent was given as its second argument',
    received: describe(context),
    remedy: 'Pass `context` itself; a copy of it carries no authority.',
  });
}

/** Makes the context of one invocation. Its methods do not use `this`, so that an agent can destructure it. */
export function makeContext<Agent extends Callable>(scope: Scope<Agent>): InvocationContext {
  const { host, call, basis } = scope;
  const { runId, humanOrigin, prove } = host;
  const context: { -readonly [Name in keyof InvocationContext]: InvocationContext[Name] } = {
    get signal() {
      return call.control.signal;
    },
    // The call has begun, so that both are known.
    deadline: earliest(call.deadline, host.deadline),
    invocationId: call.id,
    attempt: call.step?.attempt ?? 1,
    idempotencyKey: call.step?.idempotencyKey ?? call.id,
    taskId: host.taskId,
    agentId: call.agentId,
    action: call.action,
    depth: call.depth,
    report: (progress: unknown) => host.report(scope, progress),
    reportUsage: (usage: ReportedUsage) => host.reportUsage(scope, usage),
    callTool: (tool: string, args: unknown = {}, options?: ToolCallOptions) =>
      host.callTool(scope, tool, args, options),
    invoke: (agent: unknown, input: unknown, options?: AgentCallOptions) =>
      host.invoke(scope, agent, input, options),
    delegate: (agent: unknown, delegation: ContextDelegation) => host.delegate(scope, agent, delegation),
  };
  if (runId !== null) context.runId = runId;
  if (humanOrigin) context.humanOrigin = humanOrigin;
  if (basis) context.delegation = basis.record;
  if (call.trace) context.trace = call.trace;
  if (prove) context.prove = (target?: ProofTarget) => prove.call(host, scope, target);
  scopes.set(context, scope as unknown as Scope<never>);
  return Object.freeze(context);
}

function earliest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}
