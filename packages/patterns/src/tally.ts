import type { Vote } from './roles/voter.js';

/** The numbers of votes. */
export interface Tally {
  /** Votes for the proposal. */
  readonly approve: number;
  /** Votes against the proposal. */
  readonly reject: number;
  /** Abstentions. */
  readonly abstain: number;
  /** The sum of approvals, rejections and abstentions. */
  readonly cast: number;
  /** The number of voters that did not vote. */
  readonly missing: number;
}

/** Counts votes. @param voters - how many voters were asked. */
export function tallyOf(votes: readonly Vote[], voters: number): Tally {
  const count = { approve: 0, reject: 0, abstain: 0 };
  for (const { vote } of votes) count[vote] += 1;
  return { ...count, cast: votes.length, missing: voters - votes.length };
}
