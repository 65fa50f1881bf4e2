import type { EatpError } from '@kaizen-eatp/core';
import type { Approval, ApprovalRequest, PatternExecution } from '@kaizen-eatp/core/plugin';

/** The end of each request for approval in a run of the suite; `impossible`: the execution refuses to ask. */
export type ApprovalAnswers = Approval['outcome'] | 'impossible';

/** The sources that a pattern takes from its execution and the suite controls. */
export interface SourceControl {
  /** The time in milliseconds since the epoch. Default: that of the execution. */
  readonly now?: () => number;
  /** Waits instead of the execution. Default: the execution waits. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** The end of each request for approval. Default: `granted`. */
  readonly approvals?: ApprovalAnswers;
  /** Refuses a delegation with an error, before it is made. Default: refuses none. */
  readonly refuses?: (from: string, to: string) => EatpError | undefined;
}

type Sources = Pick<PatternExecution, 'now' | 'random' | 'sleep' | 'approval'>;

/**
 * Makes the sources of one execution. The random numbers are the same in every run, so that runs of a pattern that uses them
 * can be compared, and people answer at once.
 */
export function controlledSources(execution: Sources, control: SourceControl = {}): Sources {
  const { now, sleep, approvals = 'granted' } = control;
  const drawn = seededNumbers();
  let requests = 0;
  return {
    now: async () => {
      const time = await execution.now();
      return now ? new Date(now()) : time;
    },
    random: async () => {
      // The number is taken at the time of the request, since requests can end in any order.
      const number = drawn();
      await execution.random();
      return number;
    },
    sleep: async (milliseconds) => {
      if (!sleep) return execution.sleep(milliseconds);
      // The execution refuses what is no duration.
      await execution.sleep(milliseconds > 0 ? 0 : milliseconds);
      return sleep(milliseconds);
    },
    approval: async (request) => {
      // Outside of a durable run the execution itself refuses.
      if (approvals === 'impossible') return execution.approval(request);
      requests += 1;
      return answered(request, approvals, requests);
    },
  };
}

function answered({ approvers }: ApprovalRequest, outcome: Approval['outcome'], number: number): Approval {
  const decision = outcome === 'granted' ? 'approve' : 'reject';
  const answers = outcome === 'expired' ? [] : approvers.map((approverId) => answerOf(approverId, decision));
  return { granted: outcome === 'granted', outcome, requestId: `approval-${number}`, answers };
}

const answerOf = (approverId: string, decision: 'approve' | 'reject') => ({
  approverId,
  decision,
  answeredAt: '2026-06-01T12:00:00.000Z',
  reason: null,
});

/** A sequence of numbers from 0 to 1 that is always the same: the generator mulberry32. */
function seededNumbers(): () => number {
  let state = 0x2545f491;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
