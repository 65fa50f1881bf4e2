import type { IncomingMessage } from 'node:http';
import { type ApprovalDecision, signApproval } from '@kaizen-eatp/core/durable';
import type { ApprovalDecisionJson, ApprovalJson, ApprovalsAnswer } from '@kaizen-eatp/viewer';
import { inputText } from '../commands/approvals.js';
import { waitingApprovals } from '../reading/approvals.js';
import { durableRun } from '../runs/durable-run.js';
import { bodyOf } from './body.js';
import type { Source } from './run-answers.js';

const MOST_BYTES = 65_536;

/** The person who decides at this server, and the key that signs. */
export type Approver = Pick<ApprovalDecision, 'approverId' | 'keyManager' | 'keyId'>;

/** Why a decision was not taken. */
export interface Refusal {
  /** The status of the answer. */
  readonly status: number;
  /** The code of the error. */
  readonly code: string;
  /** The message. */
  readonly message: string;
  /** The remedy. */
  readonly remedy: string;
}

/** Lists what is waiting for people. */
export async function listApprovals({ store, trust }: Source): Promise<ApprovalsAnswer> {
  const { approvals, unreadable } = await waitingApprovals(store, trust);
  return {
    unreadable,
    approvals: approvals.map(
      ({ runId, waitingSince, request }): ApprovalJson => ({
        id: request.requestId,
        runId,
        digest: request.digest,
        agentId: request.agentId,
        action: request.action,
        input: inputText(request.input),
        reason: request.reason,
        waitingSince,
        expiresAt: request.expiresAt,
        approvers: request.approvers,
        escalation: request.escalation,
        required: request.required,
        answered: request.answered,
      }),
    ),
  };
}

/**
 * Signs the decision of the approver and gives it to the run, if the request is still the one that was shown.
 *
 * @returns the reason why it was refused; undefined if it counts.
 * @throws DurableRunError `APPROVAL_REFUSED`, KeyError, StoreError.
 */
export async function decide(
  { store, trust }: Source,
  approver: Approver,
  request: IncomingMessage,
): Promise<Refusal | undefined> {
  const decision = await decisionIn(request);
  if (!decision)
    return {
      status: 400,
      code: 'DECISION_INVALID',
      message: 'the decision cannot be read',
      remedy: 'Send the id and the digest of the request, and approve or reject.',
    };
  const { approvals } = await waitingApprovals(store, trust);
  const found = approvals.find((each) => each.request.requestId === decision.id);
  if (found?.request.digest !== decision.digest)
    return {
      status: 409,
      code: 'REQUEST_CHANGED',
      message: 'the request is not open, or is another one than was shown',
      remedy: 'Read the list again.',
    };
  const { reason } = decision;
  const signed = await signApproval(found.request, {
    ...approver,
    decision: decision.decision,
    ...(reason !== null && reason !== '' && { reason }),
  });
  await durableRun(trust, found.runId).answer(signed);
  return undefined;
}

async function decisionIn(request: IncomingMessage): Promise<ApprovalDecisionJson | undefined> {
  const text = await bodyOf(request, MOST_BYTES);
  if (text === undefined) return undefined;
  try {
    const { id, digest, decision, reason = null } = JSON.parse(text) as Record<string, unknown>;
    const isDecision = decision === 'approve' || decision === 'reject';
    if (typeof id !== 'string' || typeof digest !== 'string' || !isDecision) return undefined;
    return reason === null || typeof reason === 'string' ? { id, digest, decision, reason } : undefined;
  } catch {
    return undefined;
  }
}
