import type { VerificationLevel } from '../../chain/index.js';
import type { ConstraintViolation } from '../../constraints/index.js';
import type { Denial } from './denial.js';
import type { VerificationRequest } from './verification-request.js';

export type { VerificationRequest } from './verification-request.js';

export interface VerificationResult {
  readonly valid: boolean;
  readonly level: VerificationLevel;
  /** Why not; absent when valid. */
  readonly denial?: Denial;
  /** `denial.reason`, under the plan's name. */
  readonly reason?: string;
  /** The id of the capability or delegation that gives the right. */
  readonly capabilityUsed?: string;
  /** Every constraint label that was in force. */
  readonly effectiveConstraints: readonly string[];
  /** Those of them that no evaluator enforces. */
  readonly unenforcedConstraints: readonly string[];
  readonly violations: readonly ConstraintViolation[];
}

/** Called around each verification. Neither can turn a denial into a permission; one that throws denies. */
export interface VerificationHooks {
  /** Denies by returning a reason. */
  beforeVerify?(request: VerificationRequest): string | undefined | Promise<string | undefined>;
  /** Denies by returning a reason. */
  afterVerify?(
    request: VerificationRequest,
    result: VerificationResult,
  ): string | undefined | Promise<string | undefined>;
}
