import { describeThrown } from './describe.js';
import { EatpError, type ErrorDetails } from './eatp-error.js';

declare module './error-code-map.js' {
  interface ErrorCodeMap {
    /** Another writer changed a record first. Nothing of this commit was stored. */
    STORE_CONFLICT: StoreError;
    /** There is no trust store in the place that was named, and none was to be made. */
    STORE_NOT_FOUND: StoreError;
    /** The store failed. The message says whether it is known that nothing was written. */
    STORE_FAILED: StoreError;
    /** A process wrote to a durable run that another process owns. Nothing of this commit was stored. */
    STORE_NOT_OWNER: StoreError;
    /** An anchor does not follow the head of its trail. Nothing of this commit was stored. */
    TRAIL_FORK: StoreError;
    /** The store holds an older state than this process has seen. Everything is denied. */
    STORE_ROLLED_BACK: StatementsError;
    /** A signed statement in the store was changed. Everything is denied. */
    STATEMENTS_INVALID: StatementsError;
    /** An agent acted, and then its outcome could not be recorded. The action may have been done. */
    OUTCOME_NOT_RECORDED: OutcomeNotRecordedError;
  }
}

/**
 * The store refused a write, or it failed.
 *
 * After `STORE_CONFLICT` and `TRAIL_FORK` nothing of the commit is stored. After `STORE_FAILED` this is known only if the
 * message says so: a connection that is lost during a commit leaves it open whether the commit was applied.
 */
export class StoreError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:StoreError';

  constructor(
    code: 'STORE_CONFLICT' | 'STORE_FAILED' | 'STORE_NOT_FOUND' | 'STORE_NOT_OWNER' | 'TRAIL_FORK',
    summary: string,
    details: ErrorDetails,
  ) {
    super(code, summary, details);
  }
}

/** The log of signed statements in the store cannot be believed, so nothing that depends on the store is. */
export class StatementsError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:StatementsError';

  constructor(
    /** The code, as a denial has it. */
    readonly denialCode: 'STORE_ROLLED_BACK' | 'STATEMENTS_INVALID',
    summary: string,
    details: ErrorDetails,
  ) {
    super(denialCode, summary, details);
  }

  /** The log ends before, or is another one than, what this process has read of it. */
  static rolledBack(known: number, found: number): StatementsError {
    return new StatementsError('STORE_ROLLED_BACK', 'The store holds an older or another state than before', {
      expected: `the ${known} statements that this process has read, or more`,
      received: found > known ? 'other statements' : `${found} statements`,
      remedy: 'Stop writing to the store. Put the newest copy of it back, and find out who replaced it.',
      evidence: { known, found },
    });
  }

  /** A statement does not follow the one before it, cannot be read, or is not as it was signed. */
  static invalid(reason: string, cause: unknown): StatementsError {
    return new StatementsError('STATEMENTS_INVALID', `The signed statements are damaged: ${reason}`, {
      remedy: 'Stop writing to the store. Put a good copy of it back; doctor() names what was changed.',
      evidence: { reason },
      cause,
    });
  }
}

/** The outcome of an action as far as this process knows it, although it is not recorded. */
export type KnownOutcome = 'success' | 'failure' | 'cancelled' | 'timed_out' | 'revoked' | 'unknown';

/** The facts of an {@link OutcomeNotRecordedError}. */
export interface UnrecordedOutcome {
  /** The agent that acted. */
  readonly agentId: string;
  /** The invocation whose intent is stored and still open. */
  readonly invocationId: string;
  /** The outcome of the action as far as this process knows it. */
  readonly outcome: KnownOutcome;
  /** Whether this process keeps trying to record the outcome. */
  readonly isRetrying: boolean;
}

const DONE: Readonly<Record<KnownOutcome, string>> = {
  success: 'did the action',
  failure: 'may have done part of the action before it failed',
  cancelled: 'may have done the action before it was cancelled',
  timed_out: 'may have done the action before its time was up',
  revoked: 'may have done the action before its trust was revoked',
  unknown: 'may have done the action',
};

/**
 * An agent acted, and then the outcome could not be recorded. Code `OUTCOME_NOT_RECORDED`; `cause` is the store's error.
 * The stored intent says that the action was begun. The caller gets no result: no record, no result.
 */
export class OutcomeNotRecordedError extends EatpError implements UnrecordedOutcome {
  static override readonly brand: string = '@kaizen-eatp/core:OutcomeNotRecordedError';

  /** The agent that acted. */
  readonly agentId: string;
  /** The invocation whose intent is stored and still open. */
  readonly invocationId: string;
  /** The outcome of the action as far as this process knows it. */
  readonly outcome: KnownOutcome;
  /** Whether this process keeps trying to record the outcome, which closes the intent. */
  readonly isRetrying: boolean;

  constructor({ agentId, invocationId, outcome, isRetrying }: UnrecordedOutcome, cause: unknown) {
    super(
      'OUTCOME_NOT_RECORDED',
      `Agent '${agentId}' ${DONE[outcome]}, and the outcome could not be recorded`,
      {
        received: describeCause(cause),
        remedy: `Check the system that the agent acted on before you let any agent do this action again. ${
          isRetrying
            ? 'This process keeps trying to record the outcome.'
            : 'Call recover() when the store works again: it closes the open intent.'
        }`,
        evidence: { agentId, invocationId, outcome, isRetrying },
        cause,
      },
    );
    this.agentId = agentId;
    this.invocationId = invocationId;
    this.outcome = outcome;
    this.isRetrying = isRetrying;
  }
}

/** The remedy of the store's error is about the store's call; here it would be read as advice to repeat the action. */
function describeCause(cause: unknown): string {
  if (!(cause instanceof EatpError)) return describeThrown(cause);
  return `${cause.code} (${cause.received ? `${cause.summary}: ${cause.received}` : cause.summary})`;
}
