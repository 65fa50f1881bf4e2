import type { Approval } from '../../invocation/approval-request.js';
import type { JsonObject } from '../../wire/index.js';
import type { KeptRequest } from './approval-record.js';
import type { SignedApproval } from './sign-approval.js';

/** A request with its outcome and the signed answers that counted. */
export interface SettledApproval {
  /** The request. */
  readonly request: KeptRequest;
  /** The outcome. */
  readonly approval: Approval;
  /** The answers. */
  readonly answers: readonly SignedApproval[];
}

/** The content of an anchor about an approval. */
export const approvalContext = ({ request, approval, answers }: SettledApproval): JsonObject => ({
  request_id: request.requestId,
  asked_by: request.agentId,
  delegation_id: request.delegationId,
  action: request.action,
  digest: request.digest,
  outcome: approval.outcome,
  answers: answers.map((each) => ({
    approver_id: each.approverId,
    decision: each.decision,
    answered_at: each.answeredAt,
    reason: each.reason,
    signature: each.signature,
  })),
});
