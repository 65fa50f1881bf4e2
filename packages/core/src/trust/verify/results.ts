import type { VerificationLevel } from '../../chain/index.js';
import type { Denial } from './denial.js';
import type { VerificationResult } from './types.js';

// Results are frozen, so that neither a hook nor a pattern can change them.
/** A frozen empty list. */
export const NONE: readonly never[] = Object.freeze([]);

/** A frozen result that denies. */
export function denied(
  level: VerificationLevel,
  denial: Denial,
  more: Partial<VerificationResult> = {},
): VerificationResult {
  return Object.freeze({
    valid: false,
    level,
    denial: Object.freeze(denial),
    reason: denial.reason,
    effectiveConstraints: NONE,
    unenforcedConstraints: NONE,
    violations: NONE,
    ...more,
  });
}

/** A frozen result that permits. */
export const permitted = (
  level: VerificationLevel,
  effectiveConstraints: readonly string[],
  unenforcedConstraints: readonly string[],
  more: Partial<VerificationResult> = {},
): VerificationResult =>
  Object.freeze({
    valid: true,
    level,
    effectiveConstraints: Object.freeze(effectiveConstraints),
    unenforcedConstraints: Object.freeze(unenforcedConstraints),
    violations: NONE,
    ...more,
  });
