import type { ActionResult, HumanOrigin } from '../chain/index.js';
import type { Approval, ApprovalRequest } from '../invocation/approval-request.js';
import type { VerificationResult } from '../trust/index.js';

/** An agent as pattern code sees it. Only the guarded execution can reach the agent through its handle. */
export interface AgentHandle {
  /** The id of its trust chain. */
  readonly id: string;
  /** The name under which it was given to the runtime. */
  readonly name: string;
  /** The capabilities of its chain, except those of the protocol itself. */
  readonly capabilities: readonly string[];
  /** Whether it is a `TrustedSupervisorAgent`. */
  readonly isSupervisor: boolean;
  /** Whether the agent has this method and patterns can call it. */
  can(method: string): boolean;
}

/** A delegation that was made in this run. */
export interface DelegationGrant {
  /** The id of the signed record. */
  readonly id: string;
  /** The delegator. */
  readonly from: AgentHandle;
  /** The delegatee. */
  readonly to: AgentHandle;
  /** The capabilities that the delegatee can use. */
  readonly capabilities: readonly string[];
  /** The constraint labels that limit the delegatee, those of the delegator included. */
  readonly constraints: readonly string[];
}

/** Options of {@link PatternExecution.invoke}. */
export interface InvokeOptions {
  /** The method that plays the role: a role's method, or one that the agent declares. Default: `run`. */
  readonly method?: string;
  /** The action to verify and record. Default: the first capability of the delegation, else `execute`. */
  readonly action?: string;
  /** The resource that it concerns. */
  readonly resource?: string;
  /** The delegation to act under. Default: the newest that the pattern made to this agent. */
  readonly delegation?: DelegationGrant;
  /** Facts for constraint evaluators. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Details that are signed with the anchor. */
  readonly details?: object;
  /** The time limit in milliseconds. Default: that of the runtime. */
  readonly timeout?: number;
}

/** Options of {@link PatternExecution.delegate}. */
export interface DelegateOptions {
  /**
   * The capabilities to give; `execute` means "do your own job". Default: every capability of the receiving agent that
   * the delegator can give, and `execute` if it can give none.
   */
  readonly capabilities?: readonly string[];
  /** Limits in addition to those of the delegator itself. Default: none. */
  readonly constraints?: readonly string[];
  /** The validity in milliseconds from now. Default: until the run ends. */
  readonly expiresIn?: number;
}

/** Options of {@link PatternExecution.share}. */
export interface ShareOptions {
  /** The action to verify and record, for instance `blackboard_contribution`. */
  readonly action: string;
  /** Details that are signed with the anchor. */
  readonly details?: object;
  /** The result to record. `denied` records that a contribution was not accepted. Default: `success`. */
  readonly result?: ActionResult;
}

/** Options of {@link PatternExecution.verify}. */
export interface PatternVerifyOptions {
  /** The delegation to act under. Default: the newest that the pattern made to this agent. */
  readonly delegation?: DelegationGrant;
}

/**
 * Gives pattern code access to a run. `invoke` is the only way to an agent, and it always verifies, runs and records;
 * pattern code cannot reach keys, stores or the agents themselves.
 *
 * The first agent that acts or delegates leads the run, by its own right. Every other agent acts only under a
 * delegation that was made to it in this run.
 */
export interface PatternExecution<Options = unknown> {
  /** The input that the caller passed to `execute`; the pattern's own copy. */
  readonly input: unknown;
  /** The agents, in the order in which they were given to the runtime. Never empty. */
  readonly agents: readonly AgentHandle[];
  /** The pattern's options, checked and completed. */
  readonly options: Options;
  /** The run's id, and that of its trail. */
  readonly runId: string;
  /** The task that the run belongs to. */
  readonly taskId: string;
  /** The agent or user that requested the run. */
  readonly initiatorId?: string;
  /** The person on whose behalf the run acts. */
  readonly humanOrigin?: HumanOrigin;
  /** Whether the run is guarded; in one without trust nothing is verified, delegated or recorded. */
  readonly isGuarded: boolean;
  /** How many delegations can be made one under another, counted from the agent that leads. */
  readonly maxDelegationDepth: number;
  /** Aborts when the run ends early. Invocations then end by themselves. */
  readonly signal: AbortSignal;

  /**
   * Verifies and invokes an agent, and records the outcome.
   *
   * @returns the output of the agent: the pattern's own copy.
   * @throws VerificationDeniedError, AgentExecutionError, ExecutionTimeoutError, ExecutionCancelledError,
   * RevokedError, StoreError, OutcomeNotRecordedError, MissingRoleMethodError, DelegationError `DELEGATION_REQUIRED`.
   */
  invoke(agent: AgentHandle, input: unknown, options?: InvokeOptions): Promise<unknown>;

  /** Delegates from one agent to another for this run. @throws the errors of `TrustOperations.delegate`. */
  delegate(from: AgentHandle, to: AgentHandle, options?: DelegateOptions): Promise<DelegationGrant>;

  /** Returns whether an agent could do an action now: under its delegation in this run if it has one. */
  verify(agent: AgentHandle, action: string, options?: PatternVerifyOptions): Promise<VerificationResult>;

  /** Records that an agent shared a value with the other agents. @returns a frozen copy of the value, to pass on. */
  share(agent: AgentHandle, value: unknown, options: ShareOptions): Promise<unknown>;

  /** Reports progress to the run's event listeners. */
  report(progress: unknown): void;

  /** Tells the time. In a durable run, the same time when the run is resumed. */
  now(): Promise<Date>;

  /** Gives a number from 0 to 1, without 1. In a durable run, the same number when the run is resumed. */
  random(): Promise<number>;

  /**
   * Waits. A durable run that does nothing else meanwhile leaves the process, and continues in any worker.
   *
   * @param milliseconds - how long, from 0.
   * @throws InvalidArgumentError; the reason, if the run is stopped.
   */
  sleep(milliseconds: number): Promise<void>;

  /**
   * Asks people to approve an action, and waits for their answers. A run that does nothing else meanwhile leaves the
   * process.
   *
   * @returns the outcome, whether the request was approved, was rejected or has expired.
   * @throws InvalidArgumentError; DurableRunError `DURABLE_RUN_REQUIRED` in a run that was not submitted.
   */
  approval(request: ApprovalRequest): Promise<Approval>;
}

/** The base of a pattern. Give it its name and options with `@Pattern`, or use {@link definePattern}. */
export abstract class PatternExecutor<Options = unknown> {
  /** Runs the agents. @returns the run's result. */
  abstract execute(execution: PatternExecution<Options>): Promise<unknown>;
}
