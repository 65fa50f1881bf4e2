import { clip } from './describe.js';

/** Says why an action is denied. The union is closed, so that a caller can switch over it. */
export type DenialCode =
  | 'NO_CHAIN'
  | 'REVOKED'
  | 'EXPIRED'
  | 'CHAIN_MALFORMED'
  | 'CHAIN_MISPLACED'
  | 'AUTHORITY_UNKNOWN'
  | 'AUTHORITY_NOT_TRUSTED'
  | 'AUTHORITY_NOT_PERMITTED'
  | 'STORE_ROLLED_BACK'
  | 'STATEMENTS_INVALID'
  | 'CHAIN_STATE_SIGNATURE_MISSING'
  | 'CHAIN_STATE_SIGNATURE_INVALID'
  | 'SIGNING_KEY_REVOKED'
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

/** Why an action is denied, as data: a tree, since several things can each forbid it. */
export interface Denial {
  /** The kind of reason. */
  readonly code: DenialCode;
  /** The reason in words, for people. */
  readonly reason: string;
  /** Names what the reason is about, for programs. */
  readonly evidence?: DenialEvidence;
  /** The reasons behind this one, for example one for each constraint that is violated. */
  readonly reasons?: readonly Denial[];
}

/** The ids and names that the reason of a denial mentions. */
export interface DenialEvidence {
  /** The agent whose chain or delegation does not hold. */
  readonly agentId?: string;
  /** The action or capability that is not covered. */
  readonly action?: string;
  /** The delegation that does not give the right; the fault can lie with one above it. */
  readonly delegationId?: string;
  /** The authority that is unknown, inactive or not permitted. */
  readonly authorityId?: string;
  /** The labels of the constraints that are violated or not enforced. */
  readonly constraints?: readonly string[];
}

/** Makes a denial. */
export const deny = (code: DenialCode, reason: string, evidence?: DenialEvidence): Denial =>
  Object.freeze({ code, reason, ...(evidence && { evidence: Object.freeze({ ...evidence }) }) });

/**
 * Makes one denial of several with the same code: the only one as it is, otherwise a tree.
 *
 * @param reason - all of them in words.
 */
export function denyForAll(
  code: DenialCode,
  reason: string,
  reasons: readonly Denial[],
  evidence?: DenialEvidence,
): Denial {
  const [first] = reasons;
  if (first && reasons.length === 1) return first;
  return Object.freeze({ ...deny(code, reason, evidence), reasons: Object.freeze([...reasons]) });
}

const MAX_LINES = 20;
const MAX_DEPTH = 8;
const MAX_REASON = 300;

/** Prints a denial as an indented tree, one reason per line, in at most 21 lines. */
export function describeDenial(denial: Denial): string {
  const lines: string[] = [];
  const total = collect(denial, 0, lines);
  if (total > lines.length) lines.push(`  … and ${total - lines.length} more`);
  return lines.join('\n');
}

/** Adds a line for each reason until there are enough of them; returns how many reasons there are. */
function collect(denial: Denial, depth: number, lines: string[]): number {
  if (lines.length < MAX_LINES) {
    const indent = '  '.repeat(Math.min(depth, MAX_DEPTH));
    lines.push(`${indent}${depth > 0 ? '- ' : ''}${denial.code} (${clip(denial.reason, MAX_REASON)})`);
  }
  return (denial.reasons ?? []).reduce((sum, each) => sum + collect(each, depth + 1, lines), 1);
}
