import { describeThrown, StoreError, type VerificationDeniedError } from '../errors/index.js';
import type { Invocation } from './invocation.js';

/** In a durable run, a verifier that failed says nothing about the action: the run continues when it works again. */
export const unverifiable = ({ id }: Invocation, cause: VerificationDeniedError): StoreError =>
  new StoreError('STORE_FAILED', `Invocation ${id} cannot be verified now`, {
    received: cause.denial.reason,
    remedy: 'The agent did not act. The run continues by itself when the store answers again.',
    evidence: { invocationId: id, retryable: true, outcome: 'nothing_written' },
    cause,
  });

/** No record, no action: the outcome could not follow in a trail that a failed write has broken. */
export const unrecordable = ({ id, agentId }: Invocation, cause: unknown): StoreError =>
  new StoreError('STORE_FAILED', `Invocation ${id} of agent '${agentId}' cannot be recorded`, {
    expected: 'a trail to which every earlier record could be appended',
    received: describeThrown(cause),
    remedy: 'The agent did not act. Repair the store, then start another run.',
    evidence: { invocationId: id, agentId },
    cause,
  });
