import { type KnownOutcome, OutcomeNotRecordedError } from '../../errors/index.js';
import type { ClosedIntent } from './trail-writer.js';

/** The error for an act whose record is not stored yet. */
export const unrecorded = (
  { agentId, invocationId, outcome }: ClosedIntent & { readonly outcome: KnownOutcome },
  cause: unknown,
): OutcomeNotRecordedError =>
  new OutcomeNotRecordedError({ agentId, invocationId, outcome, isRetrying: true }, cause);
