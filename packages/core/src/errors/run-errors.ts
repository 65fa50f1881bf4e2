import { EatpError, type ErrorDetails } from './eatp-error.js';

type RunCode = 'RUN_SUSPENDED' | 'RUN_DIVERGED' | 'RUN_NOT_FOUND';

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
}
