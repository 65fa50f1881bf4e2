import { isEatpError } from '../../errors/index.js';
import type { Denial } from '../verify/denial.js';

/**
 * Records a denial. Where the deployment names no recorder that could sign it, the denial itself says so: an error about
 * the record would hide why the agent was refused.
 *
 * @returns the denial to report.
 */
export async function recordDenial(denial: Denial, record: () => Promise<unknown>): Promise<Denial> {
  try {
    await record();
    return denial;
  } catch (error) {
    if (!isEatpError(error, 'RECORDER_REQUIRED')) throw error;
    return Object.freeze({ ...denial, reason: `${denial.reason}; ${UNRECORDED}` });
  }
}

const UNRECORDED = 'this is not in the trail, since the deployment names no recorder to sign it';
