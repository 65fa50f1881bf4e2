import type { AuditAnchor, DelegationRecord } from '../chain/index.js';
import type { Denial } from '../trust/index.js';

/** What happens in a run, as it happens; enough to draw it. Every event has the run's id and its time. */
export type RunEvent = {
  /** The run. */
  readonly runId: string;
  /** In milliseconds since the epoch. */
  readonly at: number;
} & RunEventContent;

/** What an event says, by its type. */
export type RunEventContent =
  | {
      readonly type: 'run_started';
      readonly taskId: string;
      readonly pattern: string;
      readonly agents: readonly string[];
    }
  | {
      readonly type: 'delegated';
      readonly from: string;
      readonly to: string;
      readonly delegation: DelegationRecord;
    }
  | {
      readonly type: 'invocation_started';
      readonly invocationId: string;
      readonly agentId: string;
      readonly action: string;
    }
  | {
      readonly type: 'progress';
      readonly invocationId?: string;
      readonly agentId?: string;
      readonly progress: unknown;
    }
  | { readonly type: 'denied'; readonly agentId: string; readonly action: string; readonly denial: Denial }
  | {
      readonly type: 'invocation_ended';
      readonly invocationId: string;
      readonly agentId: string;
      readonly outcome: 'success' | 'failed';
      readonly code?: string;
      readonly durationMs: number;
    }
  | { readonly type: 'shared'; readonly agentId: string; readonly action: string; readonly value: unknown }
  | { readonly type: 'recorded'; readonly anchor: AuditAnchor }
  /** Nobody read the events for so long that the oldest were dropped. */
  | { readonly type: 'events_dropped'; readonly count: number }
  | { readonly type: 'run_ended'; readonly outcome: 'success' | 'failed'; readonly code?: string };
