import type { MemoryTrustStore } from '@kaizen-eatp/core';
import { linkHash, TRAIL_START, type TrustStore } from '@kaizen-eatp/core/store';

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

/** Appends an anchor to a trail, whatever it says of its own place. */
export async function appendUnchecked(
  store: TrustStore,
  trailId: string,
  { anchorId, agentId, text }: { anchorId: string; agentId: string; text: string },
): Promise<void> {
  const head = await store.trailHead(trailId);
  const previousHash = head?.hash ?? TRAIL_START;
  const place = { sequence: (head?.sequence ?? 0) + 1, previousHash, hash: linkHash(previousHash, text) };
  await store.commit([{ op: 'append_anchor', entry: { trailId, ...place, anchorId, agentId, text } }]);
}
