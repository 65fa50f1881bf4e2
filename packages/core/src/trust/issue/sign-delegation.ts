import {
  type Authority,
  type DelegationRecord,
  delegationSigningText,
  LEGACY_PAYLOAD,
  reasoningSignaturePreimage,
  reasoningTraceHash,
} from '../../chain/index.js';
import { deepFreeze } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import type { DelegationTerms } from './delegation-terms.js';

/** Signs a delegation, and the reasoning behind it if there is one. */
export async function signDelegation(
  deployment: Deployment,
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
): Promise<DelegationRecord> {
  const record: DelegationRecord = {
    delegatorId,
    delegateeId,
    taskId,
    ...content,
    delegatedAt: deployment.timestamp(),
    signingPayloadVersion: LEGACY_PAYLOAD,
    ...(reasoningTrace && { reasoningTrace, reasoningTraceHash: reasoningTraceHash(reasoningTrace) }),
  };
  const signature = await deployment.sign(delegationSigningText(record), authority);
  if (!reasoningTrace) return deepFreeze({ ...record, signature });
  const reasoningSignature = await deployment.sign(
    reasoningSignaturePreimage(record.id, reasoningTrace),
    authority,
  );
  return deepFreeze({ ...record, reasoningSignature, signature });
}
