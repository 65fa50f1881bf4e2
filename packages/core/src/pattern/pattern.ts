import type { ActionResult, DelegationRecord, HumanOrigin } from '../chain/index.js';
import type { VerificationResult } from '../trust/index.js';

/** What pattern code sees of an agent. Only the guarded execution can reach the agent through it. */
export interface AgentHandle {
  readonly id: string;
  /** The name under which it was given to the runtime. */
  readonly name: string;
  /** What it may do, without the protocol's own capabilities. */
  readonly capabilities: readonly string[];
  readonly isSupervisor: boolean;
  /** Whether it has this method, and so can play a role by it. */
  can(method: string): boolean;
}

/** A delegation that was made in this run. */
export interface DelegationGrant {
  readonly id: string;
  readonly from: AgentHandle;
  readonly to: AgentHandle;
  readonly capabilities: readonly string[];
  readonly constraints: readonly string[];
}

export interface InvokeOptions {
  /** Which method of the agent plays the role. Default: `run`. */
  readonly method?: string;
  /** What is verified and recorded. Default: the first capability of the delegation, else `execute`. */
  readonly action?: string;
  readonly resource?: string;
  /** Default: the newest delegation to this agent in this run. */
  readonly delegation?: DelegationGrant;
  /** For constraint evaluators. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Signed with the anchor. */
  readonly details?: object;
  /** In milliseconds. */
  readonly timeout?: number;
}

export interface DelegateOptions {
  readonly capabilities: readonly string[];
  readonly constraints?: readonly string[];
  /** In milliseconds from now. Default: as long as the run. */
  readonly expiresIn?: number;
}

export interface ShareOptions {
  /** What is verified and recorded, for instance `blackboard_contribution`. */
  readonly action: string;
  readonly details?: object;
  /** Default: `success`. `denied` records that something was not let in. */
  readonly result?: ActionResult;
}

/**
 * All that pattern code is given. `invoke` is the only way to an agent, and it always verifies, runs and records;
 * keys, stores and agents themselves are out of reach (decision 4).
 *
 * The first agent that acts or delegates leads the run, by its own right. Every other agent acts only under a
 * delegation that was made to it in this run.
 */
export interface PatternExecution<Options = unknown> {
  readonly input: unknown;
  /** In the order in which they were given to the runtime. Never empty. */
  readonly agents: readonly AgentHandle[];
  readonly options: Options;
  readonly runId: string;
  readonly taskId: string;
  readonly initiatorId?: string;
  readonly humanOrigin?: HumanOrigin;
  /** Aborts when the run ends early. Invocations end by themselves then. */
  readonly signal: AbortSignal;

  /**
   * @returns what the agent returned.
   * @throws VerificationDeniedError, AgentExecutionError, ExecutionTimeoutError, ExecutionCancelledError,
   * RevokedError, StoreError, MissingRoleMethodError, DelegationError `DELEGATION_REQUIRED`.
   */
  invoke(agent: AgentHandle, input: unknown, options?: InvokeOptions): Promise<unknown>;

  /** @throws DelegationError, CapabilityNotHeldError and what else `TrustOperations.delegate` throws. */
  delegate(from: AgentHandle, to: AgentHandle, options: DelegateOptions): Promise<DelegationGrant>;

  /** Whether an agent could do something here and now: under its delegation in this run if it has one. */
  verify(agent: AgentHandle, action: string): Promise<VerificationResult>;

  /** Records that an agent put something before the others. @returns a frozen copy of it, to pass on. */
  share(agent: AgentHandle, value: unknown, options: ShareOptions): Promise<unknown>;

  /** Tells whoever watches the run how far it is. */
  report(progress: unknown): void;
}

/** The base of a pattern. Give it its name and options with `@Pattern`, or use {@link definePattern}. */
export abstract class PatternExecutor<Options = unknown> {
  abstract execute(execution: PatternExecution<Options>): Promise<unknown>;
}

/** What a run's result lists of a delegation. */
export type RunDelegation = DelegationRecord;
