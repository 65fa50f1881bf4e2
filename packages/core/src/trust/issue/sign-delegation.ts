import {
  type Authority,
  type DelegationRecord,
  delegationSigningText,
  LEGACY_PAYLOAD,
  reasoningSignaturePreimage,
  reasoningTraceHash,
} from '../../chain/index.js';
import { deepFreeze } from '../../wire/index.js';
import type { ReadSet } from '../read-set.js';
import type { DelegationTerms } from './delegation-terms.js';

/** Signs a delegation, and the reasoning behind it if there is one. @returns a promise where the key manager does. */
export function signDelegation(
  { deployment, now }: ReadSet,
  { delegatorId, delegateeId, taskId, reasoningTrace }: DelegationTerms,
  authority: Authority,
  content: Pick<
    DelegationRecord,
    | 'id'
    | 'unknownFields'
    | 'capabilitiesDelegated'
    | 'constraintSubset'
    | 'expiresAt'
    | 'parentDelegationId'
    | 'delegationChain'
    | 'delegationDepth'
  >,
): DelegationRecord | Promise<DelegationRecord> {
  const record: DelegationRecord = {
    delegatorId,
    delegateeId,
    taskId,
    ...content,
    delegatedAt: deployment.timestampOf(now),
    signingPayloadVersion: LEGACY_PAYLOAD,
    ...(reasoningTrace && { reasoningTrace, reasoningTraceHash: reasoningTraceHash(reasoningTrace) }),
  };
  const signed = deployment.sign(delegationSigningText(record), authority);
  if (typeof signed === 'string' && !reasoningTrace) return deepFreeze({ ...record, signature: signed });
  return Promise.resolve(signed).then(async (signature) => {
    if (!reasoningTrace) return deepFreeze({ ...record, signature });
    const preimage = reasoningSignaturePreimage(record.id, reasoningTrace);
    const reasoningSignature = await deployment.sign(preimage, authority);
    return deepFreeze({ ...record, reasoningSignature, signature });
  });
}
