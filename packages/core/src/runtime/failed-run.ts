import {
  attachRun,
  describeThrown,
  type EatpError,
  type FailedRun,
  InvalidArgumentError,
  StoreError,
} from '../errors/index.js';

/**
 * Returns the error with the records of its run. One error can end several runs, where they are nested: each then
 * has its own object with its own `run`.
 */
export const withRun = (error: EatpError, run: FailedRun): EatpError =>
  attachRun(error.run && error.run.runId !== run.runId ? Object.create(error) : error, run);

/** The run failed, and then its end could not be recorded: the error reports both. */
export const unrecordedEnd = (runId: string, error: EatpError, cause: unknown): StoreError =>
  new StoreError('STORE_FAILED', `The end of run ${runId} could not be recorded`, {
    received: describeThrown(cause),
    remedy: 'Repair the store, then call recover(). `evidence.error` says why the run failed.',
    evidence: { error },
    cause,
  });

/** The error for a run id that was used before. */
export const runIdTaken = (runId: string): InvalidArgumentError =>
  new InvalidArgumentError(`There was a run '${runId}' already`, {
    expected: 'a unique `runId` for each run',
    remedy: 'Omit `runId` to use a generated id.',
    evidence: { runId },
  });
