import { type MemoryTrustStore, TrustLineageChain } from '@kaizen-eatp/core';

/** The agent in a stored chain, readable or not as a chain. */
export const agentOf = (stored: string): string =>
  (JSON.parse(stored) as { genesis: { agent_id: string } }).genesis.agent_id;

/** The agent in a stored chain, and its authority. */
export function authorityOfChain(stored: string): [agentId: string, authorityId: string] {
  const { genesis } = TrustLineageChain.parse(stored);
  return [genesis.agentId, genesis.authorityId];
}

/** Writes a chain as any writer of the store's files could: without a check, and in place of what was there. */
export async function putUnchecked(store: MemoryTrustStore, agentId: string, text: string): Promise<void> {
  const [current] = await store.readChains([agentId]);
  const ifVersion = current?.version ?? null;
  await store.commit([{ op: 'put_chain', agentId, text, authorityId: '-', expiresAt: null, ifVersion }]);
}
