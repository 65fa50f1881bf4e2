import type { EatpError } from '../errors/index.js';
import type { Call } from '../invocation/lifecycle.js';
import type { AgentHandle, PatternExecution } from '../pattern/pattern.js';
import type { CapturedValue } from '../values/index.js';
import type { OrchestrationResult } from './orchestration-result.js';

/** What a pattern's execution does, behind the run's bookkeeping. */
export type DrivenExecution = Pick<PatternExecution, 'invoke' | 'delegate' | 'verify' | 'share'>;

/** What lies behind a pattern's execution: the guard, or nothing but the agents. */
export interface RunDriver extends DrivenExecution {
  /** What the pattern sees of the agents. */
  readonly handles: readonly AgentHandle[];
  /** The calls in progress. */
  readonly calls: ReadonlySet<Call>;
  /** Whether acts are verified and recorded. */
  readonly isGuarded: boolean;
  /** How many delegations fit one under another. */
  readonly maxDelegationDepth: number;
  /** Before the pattern starts. */
  open(): Promise<void>;
  /** After the pattern has ended well. */
  complete(result: CapturedValue): Promise<OrchestrationResult>;
  /** After anything else. @returns the error to reject with, which tells what the run left behind. */
  fail(error: EatpError): Promise<EatpError>;
}
