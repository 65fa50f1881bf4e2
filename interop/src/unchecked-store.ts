import type { MemoryTrustStore } from '@kaizen-eatp/core';

/** The agent in a stored chain, readable or not as a chain. */
export const agentOf = (stored: string): string =>
  (JSON.parse(stored) as { genesis: { agent_id: string } }).genesis.agent_id;

/** The agent in a stored chain, and its authority; readable or not as a chain. */
export function authorityOfChain(stored: string): [agentId: string, authorityId: string] {
  const { genesis } = JSON.parse(stored) as { genesis: { agent_id: string; authority_id: string } };
  return [genesis.agent_id, genesis.authority_id];
}

/** Stores a chain without any check, in place of the agent's own, as a writer of the store's files could. */
export async function putUnchecked(store: MemoryTrustStore, agentId: string, text: string): Promise<void> {
  const [current] = await store.readChains([agentId]);
  const ifVersion = current?.version ?? null;
  await store.commit([{ op: 'put_chain', agentId, text, authorityId: '-', expiresAt: null, ifVersion }]);
}
