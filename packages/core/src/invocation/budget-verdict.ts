import { deny } from '../trust/verify/denial.js';
import { denied } from '../trust/verify/results.js';
import type { VerificationResult } from '../trust/verify/types.js';
import type { Exhausted } from './budget.js';

/** Turns a verdict that permits an act into a denial if a budget does not permit it. */
export function withinBudget(
  verdict: VerificationResult,
  spend: ((labels: readonly string[]) => Exhausted | undefined) | undefined,
): VerificationResult {
  const { effectiveConstraints } = verdict;
  const exhausted = verdict.denial ? undefined : spend?.(effectiveConstraints);
  if (!exhausted) return verdict;
  const { constraint, reason } = exhausted;
  const denial = deny('CONSTRAINT_VIOLATED', `${constraint}: ${reason}`, { constraints: [constraint] });
  return denied(verdict.level, denial, { effectiveConstraints, violations: Object.freeze([exhausted]) });
}
