import type { EatpError } from '../errors/index.js';
import type {
  AgentHandle,
  DelegateOptions,
  DelegationGrant,
  InvokeOptions,
  ShareOptions,
} from '../pattern/pattern.js';
import type { VerificationResult } from '../trust/index.js';
import type { OrchestrationResult } from './orchestration-result.js';

/** What lies behind a pattern's execution: the guard, or nothing but the agents. */
export interface RunDriver {
  readonly handles: readonly AgentHandle[];
  /** Before the pattern starts. */
  open(): Promise<void>;
  invoke(agent: AgentHandle, input: unknown, options: InvokeOptions): Promise<unknown>;
  delegate(from: AgentHandle, to: AgentHandle, options: DelegateOptions): Promise<DelegationGrant>;
  verify(agent: AgentHandle, action: string): Promise<VerificationResult>;
  share(agent: AgentHandle, value: unknown, options: ShareOptions): Promise<unknown>;
  /** After the pattern has ended well. */
  complete(result: unknown): Promise<OrchestrationResult>;
  /** After anything else. @returns the error to reject with, which tells what the run left behind. */
  fail(error: EatpError): Promise<EatpError>;
}
