import type { EatpError } from '../errors/index.js';
import type { Approval, ApprovalRequest } from '../invocation/approval-request.js';
import type { Call } from '../invocation/lifecycle.js';
import type { AgentHandle, PatternExecution } from '../pattern/pattern.js';
import type { CapturedValue, ValueLimits } from '../values/index.js';
import type { OrchestrationResult } from './orchestration-result.js';

/** The part of a pattern's execution that reaches the agents. */
export type DrivenExecution = Pick<PatternExecution, 'invoke' | 'delegate' | 'verify' | 'share'>;

/** The way from a pattern's execution to the agents: through the guard, or directly. */
export interface RunDriver extends DrivenExecution {
  /** The agents, as the pattern sees them. */
  readonly handles: readonly AgentHandle[];
  /** The calls in progress. */
  readonly calls: ReadonlySet<Call>;
  /** Whether acts are verified and recorded. */
  readonly isGuarded: boolean;
  /** How many delegations can be made one under another. */
  readonly maxDelegationDepth: number;
  /** The size limits of values. */
  readonly valueLimits: ValueLimits | undefined;
  /** Whether this process no longer executes the run, which continues later or elsewhere. Default: false. */
  readonly isHandedOver?: boolean;
  /** Whether the pattern receives recorded outcomes. Default: false. */
  readonly isReplaying?: boolean;
  /** Tells the time. Default: the clock of the machine. */
  now?(): Promise<Date>;
  /** Gives a random number. Default: `Math.random()`. */
  random?(): Promise<number>;
  /** Waits. Default: a timer. */
  sleep?(milliseconds: number): Promise<void>;
  /** Asks people for an approval. Default: refuses. */
  approval?(request: ApprovalRequest): Promise<Approval>;
  /** Called before the pattern starts. */
  open(): Promise<void>;
  /** Called after the pattern has succeeded. */
  complete(result: CapturedValue): Promise<OrchestrationResult>;
  /** Called after any failure. @returns the error to reject with, which holds the records of the run. */
  fail(error: EatpError): Promise<EatpError>;
}
