/** Why an action is denied. Closed, so that a caller can switch over it. */
export type DenialCode =
  | 'NO_CHAIN'
  | 'REVOKED'
  | 'EXPIRED'
  | 'CHAIN_MALFORMED'
  | 'CHAIN_MISPLACED'
  | 'AUTHORITY_UNKNOWN'
  | 'CHAIN_STATE_SIGNATURE_MISSING'
  | 'CHAIN_STATE_SIGNATURE_INVALID'
  | 'GENESIS_SIGNATURE_INVALID'
  | 'CAPABILITY_SIGNATURE_INVALID'
  | 'CAPABILITY_NOT_SUBJECT_BOUND'
  | 'CAPABILITY_NOT_HELD'
  | 'CONSTRAINT_VIOLATED'
  | 'CONSTRAINT_UNKNOWN'
  | 'DELEGATION_NOT_FOUND'
  | 'DELEGATION_NOT_IN_FORCE'
  | 'DELEGATION_EXPIRED'
  | 'DELEGATION_MISMATCH'
  | 'DELEGATION_SIGNATURE_INVALID'
  | 'DELEGATION_WIDENED'
  | 'DELEGATION_SCOPE'
  | 'DELEGATOR_NOT_TRUSTED'
  | 'REASONING_INVALID'
  | 'REASONING_MISSING'
  | 'HOOK_DENIED'
  | 'VERIFIER_FAILED';

/** A reason for a denial, as data. */
export interface Denial {
  readonly code: DenialCode;
  readonly reason: string;
}

export const deny = (code: DenialCode, reason: string): Denial => ({ code, reason });
