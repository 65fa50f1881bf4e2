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
  /** The whole input that the decision is about, as JSON. A part without a form in JSON is `{"$eatp":[kind, …]}`. */
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
  /** The runs whose decisions cannot be read. */
  readonly unreadable: readonly {
    /** The id of the run. */
    readonly runId: string;
    /** The code of the error. */
    readonly code: string;
    /** What is wrong. */
    readonly reason: string;
  }[];
}
