/** An agent in the list. */
export interface AgentSummary {
  /** The id of the agent. */
  readonly agentId: string;
  /** The authority that established it. */
  readonly authorityId: string;
  /** The state of its chain. */
  readonly state: 'active' | 'revoked' | 'expired';
}

/** The answer to `GET /api/agents`. */
export interface AgentsAnswer {
  /** The agents, by id. */
  readonly agents: readonly AgentSummary[];
}

/** The answer to `GET /api/agents/{agentId}`. */
export interface AgentAnswer extends AgentSummary {
  /** The text of its chain. */
  readonly chain: string;
  /** The fault that the server found in the chain: a signature, the authority, or its end; null: none. */
  readonly fault: {
    /** The code of the denial, such as `GENESIS_SIGNATURE_INVALID`. */
    readonly code: string;
    /** The fault in words. */
    readonly reason: string;
  } | null;
  /** The authorities that signed it, each as JSON. */
  readonly authorities: readonly string[];
  /** The work that revoking the agent now would stop. */
  readonly stops: {
    /** Agents that hold a delegation from it, directly or through others. */
    readonly agents: readonly string[];
    /** Delegations that would end. */
    readonly delegations: readonly {
      /** The id. */
      readonly id: string;
      /** The delegator. */
      readonly from: string;
      /** The delegatee. */
      readonly to: string;
      /** The task. */
      readonly taskId: string;
      /** The capabilities. */
      readonly capabilities: readonly string[];
    }[];
    /** Runs in progress whose work would be stopped. */
    readonly runs: readonly string[];
  };
}
