import type { Denial, TrustOperations } from '@kaizen-eatp/core';

/** Looks for what is wrong with the whole chain of an agent: a signature, its authority, its end. @returns undefined: nothing. */
export async function chainFault(trust: TrustOperations, agentId: string): Promise<Denial | undefined> {
  // The action is one that no capability needs to cover: only what concerns the whole chain is of interest here.
  const { denial } = await trust.verify({ agentId, action: 'verify_chain', level: 'full' });
  const isAboutTheAction = denial?.code === 'CAPABILITY_NOT_HELD' || denial?.code === 'CONSTRAINT_VIOLATED';
  return isAboutTheAction ? undefined : denial;
}
