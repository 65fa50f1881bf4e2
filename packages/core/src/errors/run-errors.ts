import { EatpError, type ErrorDetails } from './eatp-error.js';

type RunCode =
  | 'RUN_SUSPENDED'
  | 'RUN_DIVERGED'
  | 'RUN_NOT_FOUND'
  | 'DURABLE_RUN_REQUIRED'
  | 'APPROVAL_REFUSED'
  | 'APPROVAL_NOT_GIVEN';

declare module './error-code-map.js' {
  interface ErrorCodeMap extends Record<RunCode, DurableRunError> {}
}

/** A durable run, or something that is asked of it, cannot continue here. */
export class DurableRunError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:DurableRunError';

  constructor(code: RunCode, summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }

  /** This process stops to execute a run, which continues later or elsewhere from what is stored. */
  static suspended(runId: string, reason: string): DurableRunError {
    return new DurableRunError('RUN_SUSPENDED', `This process no longer executes run ${runId}`, {
      received: reason,
      remedy: 'Nothing: the run continues from what is stored.',
      evidence: { runId, reason },
    });
  }

  /** The pattern took another way than before, so that recorded outcomes do not fit. */
  static diverged(runId: string, expected: string, received: string): DurableRunError {
    return new DurableRunError('RUN_DIVERGED', `Run ${runId} cannot be continued by this code`, {
      expected,
      received,
      remedy:
        'The pattern has changed since the run began, or it depends on more than its input and its execution, such as a clock, a timer, Math.random() or its own I/O. Let a worker with the earlier version continue the run, or cancel it.',
      evidence: { runId },
    });
  }

  /** Nobody submitted a run with this id to this store. */
  static notFound(runId: string): DurableRunError {
    return new DurableRunError('RUN_NOT_FOUND', `There is no durable run '${runId}'`, {
      expected: 'the id of a run that was submitted to this store',
      remedy: 'Check the id, and that this process uses the store to which the run was submitted.',
      evidence: { runId },
    });
  }

  /** Something was asked of a run, or of a call outside runs, that only a durable run can do. */
  static required(where: string, what: string): DurableRunError {
    return new DurableRunError('DURABLE_RUN_REQUIRED', `Only a durable run can ${what}`, {
      expected: 'a run that was submitted',
      received: where,
      remedy: 'Start the run with submit(), and serve it with a worker.',
      evidence: { where },
    });
  }

  /** The people who were asked did not approve. */
  static notApproved(agentId: string, action: string, outcome: string, requestId: string): DurableRunError {
    return new DurableRunError('APPROVAL_NOT_GIVEN', `'${action}' of agent '${agentId}' was not approved`, {
      received: outcome === 'expired' ? 'no answer in time' : 'a rejection',
      remedy: 'Ask again if the decision can change. The trail names the answers.',
      evidence: { agentId, action, outcome, requestId },
    });
  }
}
