import * as z from 'zod';
import type { TrustLineageChain } from '../../chain/index.js';
import type { TrustOperations } from '../../trust/trust-operations.js';
import { idField, parseOptions } from '../../wire/index.js';
import { APPROVER_KEY, approverCapability } from './judge-answer.js';

/** A person whom an authority makes an approver. */
export interface ApproverRequest {
  /** The id of the approver's chain. */
  readonly approverId: string;
  /** The authority that vouches for the person. */
  readonly authorityId: string;
  /** The person's public key, base64 of 32 bytes. */
  readonly publicKey: string;
  /** The actions that the person can approve; `*` for all. */
  readonly actions: readonly string[];
}

const approverRequest = z.strictObject({
  approverId: idField,
  authorityId: idField,
  publicKey: z.string().min(1),
  actions: z.array(z.string().min(1)).min(1),
});

/**
 * Makes a person an approver: the authority signs the person's key and the actions. Revoke the chain to end it.
 *
 * @throws the errors of `TrustOperations.establish`.
 */
export async function establishApprover(
  trust: TrustOperations,
  request: ApproverRequest,
): Promise<TrustLineageChain> {
  const { approverId, authorityId, publicKey, actions } = parseOptions(
    approverRequest,
    request,
    'establishApprover()',
  );
  return trust.establish({
    agentId: approverId,
    authorityId,
    capabilities: actions.map(approverCapability),
    metadata: { [APPROVER_KEY]: publicKey },
  });
}
