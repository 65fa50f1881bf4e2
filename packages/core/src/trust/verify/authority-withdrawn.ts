import type { Deployment } from '../deployment.js';
import type { Denial, DenialCode } from './denial.js';
import type { VerificationRequest } from './types.js';
import { verify } from './verify.js';

/** What ends an act that has begun. That time has passed, or a constraint would judge otherwise by now, does not. */
const WITHDRAWN: ReadonlySet<DenialCode> = new Set([
  'NO_CHAIN',
  'REVOKED',
  'CHAIN_MALFORMED',
  'CHAIN_MISPLACED',
  'AUTHORITY_UNKNOWN',
  'CHAIN_STATE_SIGNATURE_MISSING',
  'CHAIN_STATE_SIGNATURE_INVALID',
  'GENESIS_SIGNATURE_INVALID',
  'CAPABILITY_SIGNATURE_INVALID',
  'CAPABILITY_NOT_HELD',
  'DELEGATION_NOT_FOUND',
  'DELEGATION_NOT_IN_FORCE',
  'DELEGATION_MISMATCH',
  'DELEGATION_SIGNATURE_INVALID',
  'DELEGATION_WIDENED',
  'DELEGATOR_NOT_TRUSTED',
]);

/** Why an act that was allowed when it began no longer is, if authority behind it was withdrawn since. */
export async function stillAllowed(
  deployment: Deployment,
  request: VerificationRequest,
): Promise<Denial | undefined> {
  const { denial } = await verify(deployment, request);
  return denial && WITHDRAWN.has(denial.code) ? denial : undefined;
}
