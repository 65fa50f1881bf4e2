import * as z from 'zod';
import type { KeyManager } from '../../signing/index.js';
import { canonicalJson, idField, parseOptions } from '../../wire/index.js';
import { momentOf } from './approval-record.js';

/** An approver's signed answer to one request. */
export interface SignedApproval {
  /** The request that is answered. */
  readonly requestId: string;
  /** The digest of the request: of the action, the input and the delegation. */
  readonly digest: string;
  /** The id of the approver. */
  readonly approverId: string;
  /** The decision. */
  readonly decision: 'approve' | 'reject';
  /** When it was signed. A timestamp in UTC. */
  readonly answeredAt: string;
  /** The reason; null without one. */
  readonly reason: string | null;
  /** Ed25519 over the canonical JSON of all of this, base64. */
  readonly signature: string;
}

/** The decision of an approver, and the key that signs it. */
export interface ApprovalDecision {
  /** The id of the approver. */
  readonly approverId: string;
  /** Keeps the approver's key. */
  readonly keyManager: KeyManager;
  /** The approver's key. Default: the approver's id. */
  readonly keyId?: string;
  /** The decision. */
  readonly decision: 'approve' | 'reject';
  /** The reason. Default: none. */
  readonly reason?: string;
}

const signedApproval = z.strictObject({
  requestId: z.string().min(1).max(600),
  digest: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex'),
  approverId: idField,
  decision: z.enum(['approve', 'reject']),
  answeredAt: z.string().max(40),
  reason: z.string().max(4_000).nullable(),
  signature: z.string().max(100),
});

/** @throws InvalidArgumentError. */
export const parseSignedApproval = (given: SignedApproval): SignedApproval =>
  parseOptions(signedApproval, given, 'answer()') as SignedApproval;

/** Returns the text that an approver signs. */
export const approvalText = ({ signature: _signature, ...answer }: SignedApproval): string =>
  canonicalJson({
    type: 'kaizen-eatp-approval/1',
    request_id: answer.requestId,
    digest: answer.digest,
    approver_id: answer.approverId,
    decision: answer.decision,
    answered_at: answer.answeredAt,
    reason: answer.reason,
  });

/**
 * Signs an answer in the process of the approver, who needs neither the store nor the run.
 *
 * @throws KeyError.
 */
export async function signApproval(
  request: { readonly requestId: string; readonly digest: string },
  { approverId, keyManager, keyId = approverId, decision, reason }: ApprovalDecision,
): Promise<SignedApproval> {
  const { requestId, digest } = request;
  const answeredAt = momentOf(Date.now());
  const answer = {
    requestId,
    digest,
    approverId,
    decision,
    answeredAt,
    reason: reason ?? null,
    signature: '',
  };
  return Object.freeze({ ...answer, signature: await keyManager.sign(approvalText(answer), keyId) });
}
