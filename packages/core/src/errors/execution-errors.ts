import { type Denial, describeDenial } from './denial.js';
import { describeThrown } from './describe.js';
import { EatpError } from './eatp-error.js';
import { TrustError } from './trust-errors.js';

declare module './error-code-map.js' {
  interface ErrorCodeMap {
    /** A run or an invocation took longer than its timeout. */
    EXECUTION_TIMEOUT: ExecutionTimeoutError;
    /** The caller cancelled a run or an invocation. */
    EXECUTION_CANCELLED: ExecutionCancelledError;
    /** Trust was revoked while work depended on it. The work was stopped. */
    REVOKED: RevokedError;
    /** Verification denied an action, and the agent did not act. `denial` has the tree of reasons. */
    VERIFICATION_DENIED: VerificationDeniedError;
    /** Events of a run were dropped before they were read. */
    EVENTS_DROPPED: EventsDroppedError;
  }
}

/** A run or an invocation took longer than its timeout. Code `EXECUTION_TIMEOUT`. */
export class ExecutionTimeoutError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:ExecutionTimeoutError';

  constructor(what: string, milliseconds: number) {
    super('EXECUTION_TIMEOUT', `${what} took longer than ${milliseconds} ms`, {
      remedy: 'Raise the timeout, or let the agents stop when `context.signal` aborts.',
      evidence: { what, milliseconds },
    });
  }
}

/** The caller cancelled the run. Code `EXECUTION_CANCELLED`. */
export class ExecutionCancelledError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:ExecutionCancelledError';

  constructor(what: string, reason: unknown) {
    super('EXECUTION_CANCELLED', `${what} was cancelled`, {
      received: reason === undefined ? 'no reason' : describeReason(reason),
      remedy: 'Start it again if the cancellation was a mistake. The trail records it.',
      evidence: { what },
      cause: reason,
    });
  }
}

/** Trust that running work depended on was revoked. Code `REVOKED`. */
export class RevokedError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:RevokedError';

  /** @param revokedAt - the time of the revocation, if it is known. */
  constructor(subject: string, reason: string, revokedAt?: string) {
    super('REVOKED', `The trust of ${subject} was revoked while work depended on it`, {
      received: reason,
      remedy:
        'Establish or delegate again to continue the work. It was stopped, and the trail records it as denied.',
      evidence: { subject, reason, ...(revokedAt !== undefined && { revokedAt }) },
    });
  }
}

/** Verification denied an action. Code `VERIFICATION_DENIED`; `denial` says why, as a tree of reasons. */
export class VerificationDeniedError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:VerificationDeniedError';

  constructor(
    /** The agent that is denied the action. */
    readonly agentId: string,
    /** The action that is denied. */
    readonly action: string,
    denial: Denial,
  ) {
    super('VERIFICATION_DENIED', `Agent '${agentId}' is not allowed to do '${action}'`, {
      received: describeDenial(denial),
      remedy:
        'Grant the agent what is missing, or let another agent do the action. The trail records the denial.',
      evidence: { agentId, action, denial },
    });
  }

  /** Why the action is denied. */
  get denial(): Denial {
    return this.evidence.denial as Denial;
  }
}

/** A reader of a run's events was too slow, and the oldest unread events were dropped. Code `EVENTS_DROPPED`. */
export class EventsDroppedError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:EventsDroppedError';

  constructor(runId: string, dropped: number, limit: number) {
    super('EVENTS_DROPPED', `${dropped} events of run ${runId} were dropped before they were read`, {
      expected: `at most ${limit} unread events`,
      remedy: 'Read the events faster, or raise the limit. The trail has every outcome.',
      evidence: { runId, dropped, limit },
    });
  }
}

const describeReason = (reason: unknown): string =>
  describeThrown(reason instanceof Error ? reason.message : reason);
