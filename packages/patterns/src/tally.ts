import type { Vote } from './roles/voter.js';

/** How many voted how. */
export interface Tally {
  readonly approve: number;
  readonly reject: number;
  readonly abstain: number;
  /** All three together. */
  readonly cast: number;
  /** Voters that gave no vote. */
  readonly missing: number;
}

export function tallyOf(votes: readonly Vote[], voters: number): Tally {
  const count = { approve: 0, reject: 0, abstain: 0 };
  for (const { vote } of votes) count[vote] += 1;
  return { ...count, cast: votes.length, missing: voters - votes.length };
}
