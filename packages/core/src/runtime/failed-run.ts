import {
  attachRun,
  describeThrown,
  type EatpError,
  type FailedRun,
  InvalidArgumentError,
  isEatpError,
  StoreError,
} from '../errors/index.js';
import { signerFor } from '../trust/audit/trail-signer.js';
import type { Deployment } from '../trust/deployment.js';
import { ReadSet } from '../trust/read-set.js';

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

/**
 * The leader signs the end of a failed run. If its chain cannot be used, it has done nothing, and another participant
 * signs.
 *
 * @throws the error for the leader if no agent's authority can sign.
 */
export async function firstToSign(deployment: Deployment, agentIds: readonly string[]): Promise<string> {
  let first: unknown;
  for (const agentId of agentIds) {
    try {
      await signerFor(new ReadSet(deployment), { ...ENDING, agentId });
      return agentId;
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

const ENDING = { action: 'orchestration_failed', result: 'failure', context: {} } as const;

/** Whether the error of a run says already why the run's end is not recorded. */
export const tellsOf = (error: EatpError, second: unknown): boolean =>
  error.code === 'STORE_FAILED' ||
  error.code === 'OUTCOME_NOT_RECORDED' ||
  isEatpError(second, error.code) ||
  (isEatpError(second, 'RECORDER_REQUIRED') && isEatpError(error, 'AGENT_NOT_TRUSTED'));
