import type { DelegateRequest, DelegationRecord, TrustOperations } from '@kaizen-eatp/core';

/** Makes a lasting delegation, which its delegatee accepts. */
export async function accepted(
  trust: TrustOperations,
  request: DelegateRequest & { readonly lasting: true },
): Promise<DelegationRecord> {
  const made = await trust.delegate(request);
  await trust.acceptDelegation({ delegationId: made.id, agentId: made.delegateeId });
  return made;
}
