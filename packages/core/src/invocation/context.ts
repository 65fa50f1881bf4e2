import type { DelegationRecord, HumanOrigin } from '../chain/index.js';
import type { InvocationProof, ProofTarget } from '../trust/exchange/invocation-proof.js';
import type { ReportedUsage } from './budget-terms.js';
import type { TraceParent } from './trace-parent.js';

/** An agent that is passed to a context: a `TrustedAgent`. */
export interface NamedAgent {
  /** The id of its trust chain. */
  readonly id: string;
  /** The name it was created with. */
  readonly name: string;
}

/** Options of {@link InvocationContext.callTool}. */
export interface ToolCallOptions {
  /** The time limit in milliseconds. Default: the runtime's `limits.invocationTimeout`. */
  readonly timeout?: number;
  /** Facts for constraint evaluators, added to those of the run. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Stops this one call when it aborts; the invocation goes on. Default: the call ends with the invocation. */
  readonly signal?: AbortSignal;
}

/** Options of {@link InvocationContext.invoke}. */
export interface AgentCallOptions extends ToolCallOptions {
  /** The method that plays the role; a role's method, or one that the agent declares. Default: `run`. */
  readonly method?: string;
  /** The action to verify and record. Default: the first capability of the delegation. */
  readonly action?: string;
  /**
   * The delegation that the agent acts under, as {@link InvocationContext.delegate} returned it. Default: the newest.
   */
  readonly delegation?: DelegationRecord | string;
  /**
   * The trace context of the code that makes the call, where it runs in another process. Observers see it. Default: none.
   */
  readonly trace?: TraceParent;
}

/** The terms of a delegation from an agent to another one, for the rest of its invocation. */
export interface ContextDelegation {
  /** The capabilities to give. The agent can give only those that it has itself. `execute` means "do your own job". */
  readonly capabilities: readonly string[];
  /** Limits in addition to those of the delegator itself, which are always passed on. Default: none. */
  readonly additionalConstraints?: readonly string[];
  /** The expiry time of the delegation. Default: the end of the invocation. */
  readonly expiresAt?: Date | string;
}

/**
 * The context of one invocation, which the agent gets with its input. The agent acts through this object only: it
 * carries the authority of this one invocation, and ends with it.
 */
export interface InvocationContext {
  /** Aborts when the run is cancelled or times out, or when the authority behind it ends. */
  readonly signal: AbortSignal;
  /** `run/sequence`: the same when the run is repeated. */
  readonly invocationId: string;
  /** Which attempt of the invocation this is, from 1. More than 1 only in a durable run. */
  readonly attempt: number;
  /** The same in every attempt. Pass it to services that do nothing twice under one key. */
  readonly idempotencyKey: string;
  /** The task that the invocation belongs to. */
  readonly taskId: string;
  /** The run that the invocation belongs to; absent outside a run. */
  readonly runId?: string;
  /** The agent that is invoked. */
  readonly agentId: string;
  /** The action that was verified and is recorded. */
  readonly action: string;
  /** How many invocations this one is nested in; 0 for one that a pattern made. */
  readonly depth: number;
  /** When the caller stops waiting, in milliseconds since the epoch. Absent if there is no time limit. */
  readonly deadline?: number;
  /** The person on whose behalf the run acts. */
  readonly humanOrigin?: HumanOrigin;
  /** The delegation that the agent acts under; absent for an agent that acts by its own right. */
  readonly delegation?: DelegationRecord;
  /** The trace context of the invocation; absent unless an observer of the runtime gives one. */
  readonly trace?: TraceParent;
  /** Reports progress to the run's event listeners. */
  report(progress: unknown): void;
  /**
   * Reports tokens and money that the agent used, in addition to what it reported before. The signed outcome contains the
   * sum, and the budgets of the run count it.
   *
   * @throws InvalidArgumentError, EatpError `INVOCATION_ENDED`.
   */
  reportUsage(usage: ReportedUsage): void;
  /**
   * Uses one of the agent's tools: verified and recorded like an invocation, with secrets in the arguments redacted
   * before they reach the record.
   *
   * @throws UnknownToolError, VerificationDeniedError, AgentExecutionError, ExecutionTimeoutError,
   * ExecutionCancelledError, RevokedError, StoreError, EatpError `INVOCATION_ENDED`.
   */
  callTool(tool: string, args?: unknown, options?: ToolCallOptions): Promise<unknown>;
  /**
   * Invokes an agent to which this one delegated in this invocation.
   *
   * @throws DelegationError `DELEGATION_REQUIRED`, MissingRoleMethodError, and the errors of {@link callTool}.
   */
  invoke(agent: NamedAgent, input: unknown, options?: AgentCallOptions): Promise<unknown>;
  /**
   * Delegates to another agent for the rest of this invocation.
   *
   * @throws DelegationError, CapabilityNotHeldError, InvalidArgumentError, StoreError.
   */
  delegate(agent: NamedAgent, delegation: ContextDelegation): Promise<DelegationRecord>;
  /**
   * Proves this invocation to an agent in another process. Absent in a run without trust.
   *
   * @param target - the delivery that the proof is for. Default: any.
   * @throws VerificationDeniedError if the authority behind it was withdrawn meanwhile; InvalidArgumentError.
   */
  prove?(target?: ProofTarget): Promise<InvocationProof>;
}
