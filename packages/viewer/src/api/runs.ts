/** A run in the list. */
export interface RunSummary {
  /** The id of the run and of its trail. */
  readonly runId: string;
  /** The task of the run. */
  readonly taskId: string;
  /** The name of the pattern; null while a run that is not durable is in progress. */
  readonly pattern: string | null;
  /** The state of the run. Only a durable run is queued, waiting (for an approval or a time), withheld or cancelled. */
  readonly state: 'queued' | 'running' | 'waiting' | 'withheld' | 'succeeded' | 'failed' | 'cancelled';
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
  /** A state. */
  readonly state?: RunSummary['state'];
  /** An agent that acted in the run or was denied. */
  readonly agent?: string;
  /** The task. */
  readonly task?: string;
  /** The pattern. */
  readonly pattern?: string;
  /** A person's pseudonym. */
  readonly person?: string;
  /** An action that was recorded; with `result`, one that was recorded with that result. */
  readonly action?: string;
  /** A result of one of the records. */
  readonly result?: 'success' | 'failure' | 'denied' | 'partial';
  /** The earliest beginning: a time in ISO 8601. */
  readonly from?: string;
  /** The time before which the run began. */
  readonly to?: string;
  /** `next` of the answer before. */
  readonly cursor?: string;
  /** The number of runs, at most 1,000. Default: 50. */
  readonly limit?: string;
}

/** The answer to `GET /api/runs`: the newest run first. */
export interface RunsAnswer {
  /** The runs. */
  readonly runs: readonly RunSummary[];
  /** The value of `cursor` for older runs; null if there are none. */
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
