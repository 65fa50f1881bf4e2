/**
 * The JSON that the viewer asks a server for, such as `kaizen-eatp serve`. All paths are below the page's own address.
 * Times are strings in ISO 8601. Records travel as the JSON text that was signed: the page verifies them itself.
 */

/** The answer to `GET /api/info`. */
export interface InfoAnswer {
  /** The version of the contract. */
  readonly api: 1;
  /** The name of the deployment, to show. */
  readonly name: string;
  /** Whether the server changes nothing, whatever it is asked. */
  readonly readOnly: boolean;
  /** Whether `/api/approvals` exists. */
  readonly approvals: boolean;
  /** The person in whose name the server answers requests, by `POST /api/approvals`; null if it answers none. */
  readonly approver: string | null;
  /** The public keys, in base64, of the authorities that the deployment trusts, by authority id. */
  readonly authorities: Readonly<Record<string, string>>;
}

/** A run in the list. */
export interface RunSummary {
  /** The id of the run and of its trail. */
  readonly runId: string;
  /** The task of the run. */
  readonly taskId: string;
  /** The name of the pattern; null while the run is in progress. */
  readonly pattern: string | null;
  /** The state of the run. `waiting`: it waits for an approval. */
  readonly state: 'running' | 'waiting' | 'succeeded' | 'failed';
  /** The time of the first record; null before it. */
  readonly startedAt: string | null;
  /** The time of the last record of an ended run. */
  readonly endedAt: string | null;
  /** The number of records. */
  readonly entries: number;
  /** How many actions were denied. */
  readonly denials: number;
  /** The ids of the agents that acted or were denied. */
  readonly agents: readonly string[];
  /** The names of the people on whose behalf the run acted, or their pseudonyms where the names are unknown. */
  readonly people: readonly string[];
  /** Whether the stored trail is whole and signed. `open`: valid so far, and not ended. */
  readonly verdict: 'valid' | 'open' | 'invalid';
}

/** The filters of `GET /api/runs`, as query parameters; each can be left out. */
export interface RunsQuery {
  /** An agent that acted in the run. */
  readonly agent?: string;
  /** A person, by name, id or pseudonym. */
  readonly person?: string;
  /** An action that was recorded. */
  readonly action?: string;
  /** A result of one of the records. */
  readonly result?: 'success' | 'failure' | 'denied' | 'partial';
  /** The earliest start. */
  readonly from?: string;
  /** The latest start. */
  readonly to?: string;
  /** `next` of the answer before. */
  readonly before?: string;
  /** The number of runs, at most 200. Default: 50. */
  readonly limit?: string;
}

/** The answer to `GET /api/runs`: the newest run first. */
export interface RunsAnswer {
  /** The runs. */
  readonly runs: readonly RunSummary[];
  /** The value of `before` for older runs; null if there are none. */
  readonly next: string | null;
}

/** A record of a trail, as the store has it. */
export interface TrailEntryJson {
  /** The place in the trail, from 1. */
  readonly sequence: number;
  /** The hash of the place before. */
  readonly previousHash: string;
  /** The hash of this place. */
  readonly hash: string;
  /** The text of the signed anchor. */
  readonly text: string;
}

/** A delegation, as the store has it. */
export interface DelegationJson {
  /** The text of the signed delegation. */
  readonly text: string;
  /** Whether it can be used. */
  readonly status: string;
}

/** The answer to `GET /api/runs/{runId}`. */
export interface RunAnswer {
  /** The run as in the list. */
  readonly summary: RunSummary;
  /** The records so far, in order. */
  readonly entries: readonly TrailEntryJson[];
  /** The delegations of the run. */
  readonly delegations: readonly DelegationJson[];
  /** The chains of its agents and delegators, each as the JSON that was signed. */
  readonly chains: readonly string[];
  /** The authorities that signed those chains, each as JSON. */
  readonly authorities: readonly string[];
  /** Whether `GET /api/runs/{runId}/receipt` answers with the text of a receipt. */
  readonly hasReceipt: boolean;
}

/**
 * The events of `GET /api/runs/{runId}/events`, as `text/event-stream`. Each has the sequence number of the last record
 * as its `id`. With the header `Last-Event-ID` or the parameter `after`, the stream starts behind that record.
 */
export type RunStreamEvent =
  /** `event: entry`: a record was stored. */
  | { readonly event: 'entry'; readonly data: TrailEntryJson }
  /** `event: delegation`: a delegation was stored, or its status changed. */
  | { readonly event: 'delegation'; readonly data: DelegationJson }
  /** `event: chain`: the text of a chain that a record depends on. Comes before that record. */
  | { readonly event: 'chain'; readonly data: { readonly text: string } }
  /** `event: authority`: the text of an authority that signed a chain. Comes before that chain. */
  | { readonly event: 'authority'; readonly data: { readonly text: string } }
  /** `event: end`: the run has ended, and no event follows. */
  | { readonly event: 'end'; readonly data: RunSummary };

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

/** A decision that a run waits for. */
export interface ApprovalJson {
  /** The id of the request. */
  readonly id: string;
  /** The run that waits. */
  readonly runId: string;
  /** The digest that an answer signs: of the agent, the action, the input and the delegation. */
  readonly digest: string;
  /** The agent in whose name it is asked. */
  readonly agentId: string;
  /** The action to decide. */
  readonly action: string;
  /** The input that the decision is about, as JSON, to show. */
  readonly input: string;
  /** The explanation; null without one. */
  readonly reason: string | null;
  /** Since when the run waits. */
  readonly waitingSince: string;
  /** Until when it can be decided; null without a limit. */
  readonly expiresAt: string | null;
  /** The ids of those who can decide. */
  readonly approvers: readonly string[];
  /** The ids of those who can decide in addition, and from when; null without escalation. */
  readonly escalation: { readonly from: string; readonly approvers: readonly string[] } | null;
  /** How many must approve. */
  readonly required: number;
  /** The ids of those who have answered. */
  readonly answered: readonly string[];
}

/** The body of `POST /api/approvals`: the answer of {@link InfoAnswer.approver} to a request. */
export interface ApprovalDecisionJson {
  /** The id of the request. */
  readonly id: string;
  /** The digest of the request that was shown. The server refuses another one. */
  readonly digest: string;
  /** The decision. */
  readonly decision: 'approve' | 'reject';
  /** The reason, which is signed; null without one. */
  readonly reason: string | null;
}

/** The answer to `GET /api/approvals`. */
export interface ApprovalsAnswer {
  /** The open decisions, the oldest first. */
  readonly approvals: readonly ApprovalJson[];
}

/** The answer to `GET /api/deployment`. */
export interface DeploymentAnswer {
  /** The authorities of the store. */
  readonly authorities: readonly {
    /** The id. */
    readonly id: string;
    /** The name. */
    readonly name: string;
    /** The public key, in base64. */
    readonly publicKey: string;
    /** Whether it can sign. */
    readonly isActive: boolean;
    /** Whether the deployment has pinned this key, so that it believes the authority whatever the store says. */
    readonly isPinned: boolean;
  }[];
  /** The revocations that are recorded outside runs, the newest first; at most 200. */
  readonly revocations: readonly {
    /** The time. */
    readonly at: string;
    /** The recorded action, for instance `revoke_agent`. */
    readonly action: string;
    /** The subject that was revoked. */
    readonly subject: string;
    /** The reason; null without one. */
    readonly reason: string | null;
  }[];
  /** The damage of the store that a full examination finds; empty for a healthy store. */
  readonly findings: readonly {
    /** The code. */
    readonly code: string;
    /** The record. */
    readonly subject: string;
    /** The reason. */
    readonly reason: string;
  }[];
  /** The differences to a checkpoint that was kept elsewhere; null if the server has none. */
  readonly checkpoint: { readonly size: number; readonly findings: DeploymentAnswer['findings'] } | null;
}

/** The body of every answer whose status is not 2xx. */
export interface ErrorAnswer {
  /** The error. */
  readonly error: {
    /** The code. */
    readonly code: string;
    /** The message. */
    readonly message: string;
    /** What to do. */
    readonly remedy: string;
  };
}
