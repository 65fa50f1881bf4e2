import { describeThrown, type EatpError, type FailedRun, StoreError } from '../errors/index.js';

/** An error may be of somebody else's making, and not to be written to; then one that is it in all else. */
export function withRun(error: EatpError, run: FailedRun): EatpError {
  try {
    error.run = run;
    return error;
  } catch {
    return Object.create(error, { run: { value: run, enumerable: true } }) as EatpError;
  }
}

/** The run had failed, and then its end could not be recorded either: neither is to be lost. */
export const unrecordedEnd = (runId: string, error: EatpError, cause: unknown): StoreError =>
  new StoreError('STORE_FAILED', `The end of run ${runId} could not be recorded`, {
    received: describeThrown(cause),
    remedy: 'Mend the store; recover() closes what is open. `evidence.error` is why the run had failed.',
    evidence: { error },
    cause,
  });
