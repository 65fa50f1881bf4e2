import type { ActionResult, HumanOrigin } from '../chain/index.js';
import type { VerificationResult } from '../trust/index.js';

/** What pattern code sees of an agent. Only the guarded execution can reach the agent through it. */
export interface AgentHandle {
  /** The id of its trust chain. */
  readonly id: string;
  /** The name under which it was given to the runtime. */
  readonly name: string;
  /** What it is allowed to do, without the protocol's own capabilities. */
  readonly capabilities: readonly string[];
  /** Whether it is a `TrustedSupervisorAgent`. */
  readonly isSupervisor: boolean;
  /** Whether it has this method, and a pattern can call it. */
  can(method: string): boolean;
}

/** A delegation that was made in this run. */
export interface DelegationGrant {
  /** The id of the signed record. */
  readonly id: string;
  /** Who gave. */
  readonly from: AgentHandle;
  /** Who received. */
  readonly to: AgentHandle;
  /** What was given. */
  readonly capabilities: readonly string[];
  /** Within which limits, those of the delegator included. */
  readonly constraints: readonly string[];
}

/** How a pattern invokes an agent. */
export interface InvokeOptions {
  /** The method that plays the role: a role's method, or one that the agent declares. Default: `run`. */
  readonly method?: string;
  /** What is verified and recorded. Default: the first capability of the delegation, else `execute`. */
  readonly action?: string;
  /** What it is done to. */
  readonly resource?: string;
  /** Default: the newest delegation that the pattern made to this agent. */
  readonly delegation?: DelegationGrant;
  /** Facts for constraint evaluators. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Signed with the anchor. */
  readonly details?: object;
  /** In milliseconds. */
  readonly timeout?: number;
}

/** What a pattern delegates. */
export interface DelegateOptions {
  /**
   * What is given; `execute` means "do your own job". Default: every capability of the receiving agent that the
   * delegator can give, and `execute` where it can give none.
   */
  readonly capabilities?: readonly string[];
  /** Limits in addition to those that the delegator itself is under. Default: none. */
  readonly constraints?: readonly string[];
  /** In milliseconds from now. Default: as long as the run. */
  readonly expiresIn?: number;
}

/** How a pattern records something that it shares. */
export interface ShareOptions {
  /** What is verified and recorded, for instance `blackboard_contribution`. */
  readonly action: string;
  /** Signed with the anchor. */
  readonly details?: object;
  /** Default: `success`. `denied` records that something was not let in. */
  readonly result?: ActionResult;
}

/** How a pattern asks whether an agent could do something. */
export interface PatternVerifyOptions {
  /** Default: the newest delegation that the pattern made to this agent. */
  readonly delegation?: DelegationGrant;
}

/**
 * All that pattern code is given. `invoke` is the only way to an agent, and it always verifies, runs and records;
 * keys, stores and agents themselves are out of reach.
 *
 * The first agent that acts or delegates leads the run, by its own right. Every other agent acts only under a
 * delegation that was made to it in this run.
 */
export interface PatternExecution<Options = unknown> {
  /** What the caller passed to `execute`; a copy that is the pattern's own. */
  readonly input: unknown;
  /** In the order in which they were given to the runtime. Never empty. */
  readonly agents: readonly AgentHandle[];
  /** The pattern's options, checked and completed. */
  readonly options: Options;
  /** The run's id, and that of its trail. */
  readonly runId: string;
  /** The task that the run belongs to. */
  readonly taskId: string;
  /** Who wanted the run. */
  readonly initiatorId?: string;
  /** On whose behalf. */
  readonly humanOrigin?: HumanOrigin;
  /** Whether the run is guarded; in one without trust nothing is verified, delegated or recorded. */
  readonly isGuarded: boolean;
  /** How many delegations can be made one under another, counted from the agent that leads. */
  readonly maxDelegationDepth: number;
  /** Aborts when the run ends early. Invocations end by themselves then. */
  readonly signal: AbortSignal;

  /**
   * @returns what the agent returned: a copy that is the pattern's own.
   * @throws VerificationDeniedError, AgentExecutionError, ExecutionTimeoutError, ExecutionCancelledError,
   * RevokedError, StoreError, OutcomeNotRecordedError, MissingRoleMethodError, DelegationError `DELEGATION_REQUIRED`.
   */
  invoke(agent: AgentHandle, input: unknown, options?: InvokeOptions): Promise<unknown>;

  /** @throws DelegationError, CapabilityNotHeldError and what else `TrustOperations.delegate` throws. */
  delegate(from: AgentHandle, to: AgentHandle, options?: DelegateOptions): Promise<DelegationGrant>;

  /** Whether an agent could do something here and now: under its delegation in this run if it has one. */
  verify(agent: AgentHandle, action: string, options?: PatternVerifyOptions): Promise<VerificationResult>;

  /** Records that an agent put something before the others. @returns a frozen copy of it, to pass on. */
  share(agent: AgentHandle, value: unknown, options: ShareOptions): Promise<unknown>;

  /** Reports progress to the run's event listeners. */
  report(progress: unknown): void;
}

/** The base of a pattern. Give it its name and options with `@Pattern`, or use {@link definePattern}. */
export abstract class PatternExecutor<Options = unknown> {
  /** Runs the agents. @returns the run's result. */
  abstract execute(execution: PatternExecution<Options>): Promise<unknown>;
}
