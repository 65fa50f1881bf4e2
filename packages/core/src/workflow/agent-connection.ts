import type { TrustedAgent } from '../agent/trusted-agent.js';
import { EXECUTE } from '../trust/verify/capability-match.js';

/** That one agent's output goes to another, and what is delegated with it (plan, "Trust-Aware Workflow"). */
export interface AgentConnection {
  readonly fromAgent: TrustedAgent;
  readonly toAgent: TrustedAgent;
  /** Never empty; `execute` where the caller named none. */
  readonly capabilities: readonly string[];
}

/** Whether it lets the delegatee do its own job, rather than only what it names. */
export const isOwnJob = ({ capabilities }: AgentConnection): boolean => capabilities.includes(EXECUTE);

export const namedIn = ({ capabilities }: AgentConnection): readonly string[] =>
  capabilities.filter((capability) => capability !== EXECUTE);
