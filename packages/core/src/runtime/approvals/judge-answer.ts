import { verifySignature } from '../../signing/public-key.js';
import type { Deployment } from '../../trust/deployment.js';
import { verify } from '../../trust/verify/verify.js';
import type { KeptRequest } from './approval-record.js';
import { approvalText, type SignedApproval } from './sign-approval.js';

/** The field of an approver's genesis record with the public key. */
export const APPROVER_KEY = 'approver_public_key';

/** The capability that an approver of an action needs. */
export const approverCapability = (action: string): string => `approve_${action}`;

/**
 * Finds out why an answer does not count: it is for another request, action or person, its signature is invalid, or no
 * authority made the person an approver of the action.
 *
 * @returns undefined if it counts.
 */
export async function findRefusal(
  deployment: Deployment,
  request: KeptRequest,
  answer: SignedApproval,
  now: number,
): Promise<string | undefined> {
  if (answer.requestId !== request.requestId || answer.digest !== request.digest)
    return 'the answer is for another request, action, input or delegation';
  const { approvers, escalation, expiresAt } = request;
  if (expiresAt !== null && now >= expiresAt) return 'the deadline has passed';
  const isEscalated = escalation !== null && now >= escalation.from;
  if (
    !approvers.includes(answer.approverId) &&
    !(isEscalated && escalation.approvers.includes(answer.approverId))
  )
    return 'the request does not name this person as an approver now';
  return findForgery(deployment, request, answer);
}

/** As {@link findRefusal}, for an answer that was accepted before: its author can have been revoked meanwhile. */
export async function findForgery(
  deployment: Deployment,
  request: KeptRequest,
  answer: SignedApproval,
): Promise<string | undefined> {
  const { approverId } = answer;
  const action = approverCapability(request.action);
  const { denial } = await verify(deployment, { agentId: approverId, action, level: 'standard' });
  if (denial) return `no authority makes this person an approver of the action: ${denial.reason}`;
  const { evidence } = await deployment.requireChain(approverId);
  const publicKey = (evidence.chain.genesis.metadata as Record<string, unknown> | null | undefined)?.[
    APPROVER_KEY
  ];
  if (typeof publicKey !== 'string') return 'the record of this person names no key';
  return verifySignature(approvalText(answer), answer.signature, publicKey)
    ? undefined
    : 'the signature is not that of this person';
}
