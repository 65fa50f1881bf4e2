import { describeThrown } from './describe.js';
import { EatpError } from './eatp-error.js';

declare module './error-code-map.js' {
  interface ErrorCodeMap {
    /** An agent's own code threw an error. The trail records the failure. */
    AGENT_FAILED: AgentExecutionError;
    /** The connection to an agent was lost while it worked. Whether it did its work is unknown. */
    AGENT_DISCONNECTED: AgentDisconnectedError;
    /** An agent has no tool with this name. */
    UNKNOWN_TOOL: UnknownToolError;
    /** A registry already holds an agent with this id. */
    AGENT_ALREADY_REGISTERED: AgentRegistryError;
    /** A registry does not hold an agent with this id. */
    AGENT_NOT_REGISTERED: AgentRegistryError;
  }
}

/** An agent's own code threw or rejected. Code `AGENT_FAILED`; `cause` is what it threw. The trail records the failure. */
export class AgentExecutionError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:AgentExecutionError';

  constructor(
    /** The agent that failed. */
    readonly agentId: string,
    /** The invocation that failed. */
    readonly invocationId: string,
    cause: unknown,
  ) {
    super('AGENT_FAILED', `Agent '${agentId}' failed`, {
      received: describeThrown(cause),
      remedy: "See `cause` for the agent's error. The trail records the failure.",
      evidence: { agentId, invocationId },
      cause,
    });
  }
}

/**
 * The connection to an agent in another process was lost while it worked. Whether it did its work is unknown, and it is
 * not asked again. Code `AGENT_DISCONNECTED`; the trail records `partial`, with outcome unknown.
 */
export class AgentDisconnectedError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:AgentDisconnectedError';

  constructor(agent: string, reason: string, evidence: Record<string, unknown> = {}) {
    super('AGENT_DISCONNECTED', `The connection to agent '${agent}' was lost while it worked`, {
      received: reason,
      remedy: 'Check whether the agent did its work before you have it done again.',
      evidence: { agent, reason, ...evidence },
    });
  }
}

/** `callTool` named a tool that the agent does not have. Code `UNKNOWN_TOOL`. */
export class UnknownToolError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:UnknownToolError';

  constructor(agentName: string, tool: string, known: readonly string[]) {
    super('UNKNOWN_TOOL', `Agent '${agentName}' has no tool '${tool}'`, {
      expected: known.length > 0 ? `one of ${known.join(', ')}` : 'a tool of the agent (it has none)',
      received: `'${tool}'`,
      remedy: 'Pass the tool as `tools` to the constructor of TrustedAgent.',
      evidence: { agentName, tool, known },
    });
  }
}

/** A registry does not hold the agent that it was asked about, or already holds the one that it was given. */
export class AgentRegistryError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:AgentRegistryError';

  constructor(code: 'AGENT_ALREADY_REGISTERED' | 'AGENT_NOT_REGISTERED', agentId: string) {
    const isThere = code === 'AGENT_ALREADY_REGISTERED';
    super(code, `Agent '${agentId}' is ${isThere ? 'already' : 'not'} registered`, {
      remedy: isThere
        ? 'Deregister it first, or register the agent under another name.'
        : 'Register it first, or correct the id.',
      evidence: { agentId },
    });
  }
}
