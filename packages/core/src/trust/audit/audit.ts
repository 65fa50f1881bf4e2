import { z } from 'zod';
import {
  ACTION_RESULTS,
  type ActionResult,
  type HumanOrigin,
  humanOriginCodec,
  type ReasoningTrace,
  reasoningTraceCodec,
} from '../../chain/index.js';
import { describeThrown, type EatpError, InvalidArgumentError } from '../../errors/index.js';

/** What `audit` records. */
export interface AuditRequest {
  readonly agentId: string;
  readonly action: string;
  readonly result: ActionResult;
  readonly resource?: string;
  /** Signed with the anchor. */
  readonly context?: object;
  readonly parentAnchorId?: string;
  readonly humanOrigin?: HumanOrigin;
  readonly reasoningTrace?: ReasoningTrace;
}

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
export function expectAuditRequest(given: AuditRequest): void {
  const parsed = request.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidArgumentError('This cannot be recorded', {
      expected: `agentId, action and a result out of ${ACTION_RESULTS.join(', ')}`,
      received: `${issue?.path.join('.') || 'the request'}: ${issue?.message}`,
      remedy: 'Correct the request.',
    });
  }
  expectHumanOrigin(given.humanOrigin);
  if (given.reasoningTrace) reasoningTraceCodec.decode(reasoningTraceCodec.encode(given.reasoningTrace));
}

/** @throws InvalidArgumentError. */
export function expectHumanOrigin(humanOrigin: HumanOrigin | undefined): void {
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
