import type { AuditAnchor, DelegationRecord } from '../chain/index.js';
import type { Denial } from '../trust/index.js';

/** An event of a run, reported when it happens. The events of a run are enough to draw it. */
export type RunEvent = {
  /** The id of the run. */
  readonly runId: string;
  /** The time of the event, in milliseconds since the epoch. */
  readonly at: number;
} & RunEventContent;

/** Receives the events of a run. */
export type RunListener = (event: RunEvent) => unknown;

const limits = new WeakMap<RunListener, ReadonlySet<string>>();

/** The types of events that a listener receives: all, unless it is limited to some. */
export const typesOf = {
  /** Limits a listener to some types of events, and returns it. */
  limit(listener: RunListener, types: ReadonlySet<RunEvent['type']>): RunListener {
    limits.set(listener, types);
    return listener;
  },
  /** Whether a listener receives events of a type. */
  has: (listener: RunListener, type: RunEvent['type']): boolean => limits.get(listener)?.has(type) ?? true,
};

/** The fields of an event that depend on its type. */
export type RunEventContent =
  | {
      /** The run has started. */
      readonly type: 'run_started';
      /** The task of the run. */
      readonly taskId: string;
      /** The name of the pattern. */
      readonly pattern: string;
      /** The ids of the agents that take part. */
      readonly agents: readonly string[];
    }
  | {
      /** An agent has delegated to another one, and the delegation is stored. */
      readonly type: 'delegated';
      /** The delegator. */
      readonly from: string;
      /** The delegatee. */
      readonly to: string;
      /** The signed delegation. */
      readonly delegation: DelegationRecord;
    }
  | {
      /** An agent has started to act. */
      readonly type: 'invocation_started';
      /** The id of the invocation. */
      readonly invocationId: string;
      /** The agent that acts. */
      readonly agentId: string;
      /** The action that was verified. */
      readonly action: string;
    }
  | {
      /** An agent or a pattern reports progress. */
      readonly type: 'progress';
      /** The invocation that reports; absent for a report of the pattern. */
      readonly invocationId?: string;
      /** The agent that reports; absent for a report of the pattern. */
      readonly agentId?: string;
      /** The report, as it was given. */
      readonly progress: unknown;
    }
  | {
      /** An agent was kept from acting. */
      readonly type: 'denied';
      /** The agent. */
      readonly agentId: string;
      /** The action that was denied. */
      readonly action: string;
      /** The reason. */
      readonly denial: Denial;
    }
  | {
      /** An agent has finished, and its outcome is recorded. */
      readonly type: 'invocation_ended';
      /** The id of the invocation. */
      readonly invocationId: string;
      /** The agent that acted. */
      readonly agentId: string;
      /** Whether the invocation succeeded. */
      readonly outcome: 'success' | 'failed';
      /** The code of the error; absent after success. */
      readonly code?: string;
      /** The duration in milliseconds. */
      readonly durationMs: number;
    }
  | {
      /** A value was shared with the other agents of the run. */
      readonly type: 'shared';
      /** The agent in whose name the value was shared. */
      readonly agentId: string;
      /** The action that was recorded. */
      readonly action: string;
      /** The value. */
      readonly value: unknown;
    }
  | {
      /** An anchor was stored in the run's trail. */
      readonly type: 'recorded';
      /** The signed anchor. */
      readonly anchor: AuditAnchor;
    }
  | {
      /** The reader was too slow, and the oldest unread events were dropped. */
      readonly type: 'events_dropped';
      /** The number of events that were dropped. */
      readonly count: number;
    }
  | {
      /** The run has ended. No event follows. */
      readonly type: 'run_ended';
      /** Whether the run succeeded. */
      readonly outcome: 'success' | 'failed';
      /** The code of the error; absent after success. */
      readonly code?: string;
    };
