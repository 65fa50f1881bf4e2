import type { VerificationResult } from '@kaizen-eatp/core';

/** A difference between the reference's verdict and ours that is intended. */
export interface PermittedDifference {
  readonly id: string;
  /** The fault or omission of the reference that explains the difference. */
  readonly reason: string;
}

interface Rule extends PermittedDifference {
  /** The codes of our denial. */
  readonly codes: readonly string[];
}

/**
 * Every difference is one at `standard`, where the reference permits and we deny, and where the reference itself
 * denies at `full`. No other difference is permitted: not at `quick`, not at `full`, and never the other way round.
 */
const RULES: readonly Rule[] = [
  {
    id: 'delegation-signature',
    reason:
      "The reference's `standard` does not look at the signatures of a chain's delegations, so it accepts one that was widened, moved to another task or otherwise changed.",
    codes: ['DELEGATION_SIGNATURE_INVALID'],
  },
  {
    id: 'delegator',
    reason:
      "The reference's `standard` does not look for the delegator of a chain's delegation, so it accepts a delegation of an agent that has no chain.",
    codes: ['DELEGATOR_NOT_TRUSTED'],
  },
  {
    id: 'reasoning-demanded',
    reason:
      "The reference's `standard` only warns when a constraint demands reasoning and a delegation has no reasoning trace.",
    codes: ['REASONING_MISSING'],
  },
  {
    id: 'reasoning-changed',
    reason:
      "The reference's `standard` does not compare a reasoning trace with its signed hash, nor check its signature.",
    codes: ['REASONING_MISSING', 'REASONING_INVALID'],
  },
];

export const PERMITTED_DIFFERENCES: readonly PermittedDifference[] = RULES.map(({ id, reason }) => ({
  id,
  reason,
}));

/** The verdicts of one action on one chain, by level. */
export interface Verdicts {
  readonly level: string;
  /** The reference's, as the file has it. */
  readonly theirs: boolean;
  /** The reference's at `full`, as the file has it. */
  readonly theirsAtFull: boolean | undefined;
  readonly ours: VerificationResult;
}

/** Returns why a difference of verdicts is permitted, or `undefined` if it is not. */
export function permittedDifference({
  level,
  theirs,
  theirsAtFull,
  ours,
}: Verdicts): PermittedDifference | undefined {
  if (level !== 'standard' || !theirs || ours.valid || theirsAtFull !== false) return undefined;
  const code = ours.denial?.code ?? '';
  return RULES.find((rule) => rule.codes.includes(code));
}
