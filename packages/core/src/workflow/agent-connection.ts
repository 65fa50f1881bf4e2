import type { TrustedAgent } from '../agent/trusted-agent.js';
import { EXECUTE } from '../trust/verify/capability-match.js';

/** A connection of a workflow: it passes one agent's output to another, with a delegation. */
export interface AgentConnection {
  /** The agent that delegates, and whose output is passed on. */
  readonly fromAgent: TrustedAgent;
  /** The agent that receives the output. */
  readonly toAgent: TrustedAgent;
  /** The capabilities to delegate. Never empty: `execute` if the caller named none. */
  readonly capabilities: readonly string[];
}

/** Whether the connection delegates `execute`, the delegatee's own job, and not only named capabilities. */
export const isOwnJob = ({ capabilities }: AgentConnection): boolean => capabilities.includes(EXECUTE);

/** Returns the capabilities that a connection names, without `execute`. */
export const namedIn = ({ capabilities }: AgentConnection): readonly string[] =>
  capabilities.filter((capability) => capability !== EXECUTE);
