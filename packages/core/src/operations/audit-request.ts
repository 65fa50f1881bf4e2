import { z } from 'zod';
import { ACTION_RESULTS, type HumanOrigin, humanOriginCodec, reasoningTraceCodec } from '../chain/index.js';
import { describeThrown, type EatpError, InvalidArgumentError } from '../errors/index.js';
import type { AuditRequest } from './trust-operations.js';

const request = z.looseObject({
  agentId: z.string().min(1),
  action: z.string().min(1),
  result: z.enum(ACTION_RESULTS),
  resource: z.string().optional(),
  parentAnchorId: z.string().optional(),
});

/**
 * An anchor is signed for good, so what goes into it must be readable again.
 *
 * @throws InvalidArgumentError, MalformedRecordError.
 */
export function checkAuditRequest(given: AuditRequest): void {
  const parsed = request.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidArgumentError('This cannot be recorded', {
      expected: `agentId, action and a result out of ${ACTION_RESULTS.join(', ')}`,
      received: `${issue?.path.join('.') || 'the request'}: ${issue?.message}`,
      remedy: 'Correct the request.',
    });
  }
  checkHumanOrigin(given.humanOrigin);
  if (given.reasoningTrace) reasoningTraceCodec.decode(reasoningTraceCodec.encode(given.reasoningTrace));
}

/** @throws InvalidArgumentError. */
export function checkHumanOrigin(humanOrigin: HumanOrigin | undefined): void {
  if (humanOrigin === undefined) return;
  try {
    humanOriginCodec.decode(humanOriginCodec.encode(humanOrigin));
  } catch (cause) {
    throw new InvalidArgumentError('`humanOrigin` does not name a human', {
      expected: 'humanId, displayName, authProvider, sessionId, and authenticatedAt as a timestamp text',
      received: (cause as EatpError).received ?? describeThrown(cause),
      remedy: 'Fill in what the identity provider told.',
      cause,
    });
  }
}
