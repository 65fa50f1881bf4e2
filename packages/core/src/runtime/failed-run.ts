import { attachRun, describeThrown, type EatpError, type FailedRun, StoreError } from '../errors/index.js';

/**
 * Returns the error with the records of its run. One error can end several runs, where they are nested: each then
 * has its own object with its own `run`.
 */
export const withRun = (error: EatpError, run: FailedRun): EatpError =>
  attachRun(error.run && error.run.runId !== run.runId ? Object.create(error) : error, run);

/** The run had failed, and then its end could not be recorded either: neither is to be lost. */
export const unrecordedEnd = (runId: string, error: EatpError, cause: unknown): StoreError =>
  new StoreError('STORE_FAILED', `The end of run ${runId} could not be recorded`, {
    received: describeThrown(cause),
    remedy: 'Mend the store; recover() closes what is open. `evidence.error` is why the run had failed.',
    evidence: { error },
    cause,
  });
