import * as z from 'zod';
import { InvalidArgumentError } from '../../errors/index.js';
import { type ApprovalRequest, approvalTerms } from '../../invocation/approval-request.js';
import { type CapturedValue, captureValue, encodeValue } from '../../values/index.js';
import { canonicalJson, formatTimestamp, idField, parseOptions, sha256Hex } from '../../wire/index.js';

/** A request as a run keeps it. */
export interface KeptRequest {
  /** The run and the number of the step. */
  readonly requestId: string;
  /** The run. */
  readonly runId: string;
  /** The agent in whose name it is asked. */
  readonly agentId: string;
  /** The delegation that the agent acts under; null for its own right. */
  readonly delegationId: string | null;
  /** The action. */
  readonly action: string;
  /** The input, as `encodeValue` wrote it. */
  readonly input: string;
  /** Binds an answer to the action, the input and the delegation. */
  readonly digest: string;
  /** The people who can answer. */
  readonly approvers: readonly string[];
  /** How many must approve. */
  readonly required: number;
  /** Until when an answer is accepted, in milliseconds since the epoch; null without limit. */
  readonly expiresAt: number | null;
  /** Further people, and from when they can answer, in milliseconds since the epoch. */
  readonly escalation: { readonly from: number; readonly approvers: readonly string[] } | null;
  /** The explanation for the approvers. */
  readonly reason: string | null;
}

const approvalRequest = approvalTerms.extend({ action: idField, input: z.unknown().optional() });

/** A request of a pattern, read once. */
export type ParsedApproval = Omit<z.output<typeof approvalRequest>, 'input'> & {
  readonly input: CapturedValue;
  readonly required: number;
};

/** @throws InvalidArgumentError, UnsupportedValueError. */
export function parseApproval(given: ApprovalRequest): ParsedApproval {
  const { input, required = 1, ...request } = parseOptions(approvalRequest, given, 'approval()');
  const people = new Set([...request.approvers, ...(request.escalation?.approvers ?? [])]);
  if (required > people.size)
    throw new InvalidArgumentError('`required` must not exceed the number of approvers', {
      expected: `at most ${people.size}`,
      received: String(required),
      remedy: 'Name more approvers, or require fewer.',
    });
  const captured = captureValue(input ?? null, 'input of the approval request');
  if (captured.isOpaque) captured.encoded();
  return { ...request, required, input: captured };
}

/** Makes the request that is kept. */
export function keptRequest(
  { input, action, approvers, required, expiresIn, escalation, reason }: ParsedApproval,
  place: Pick<KeptRequest, 'runId' | 'requestId' | 'agentId' | 'delegationId'>,
  now: number,
): KeptRequest {
  const bound = {
    request_id: place.requestId,
    agent_id: place.agentId,
    delegation_id: place.delegationId,
    action,
    input_digest: input.digest,
  };
  return {
    ...place,
    action,
    input: encodeValue(input),
    digest: sha256Hex(canonicalJson(bound)),
    approvers: [...approvers],
    required,
    expiresAt: expiresIn === undefined ? null : now + expiresIn,
    escalation: escalation ? { from: now + escalation.after, approvers: [...escalation.approvers] } : null,
    reason: reason ?? null,
  };
}

/** The key of the record of an approver's answer, in which one answer of each person has room. */
export const answerKey = (step: string, approverId: string): string => `${step}!answer!${approverId}`;

/** The key of the record of the outcome. */
export const settledKey = (step: string): string => `${step}!settled`;

/** A moment as approvals sign it. */
export const momentOf = (now: number): string => formatTimestamp(new Date(now));
