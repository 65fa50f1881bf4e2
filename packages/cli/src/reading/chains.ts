import type { StoredChain, TrustStore } from '@kaizen-eatp/core/store';

const PAGE = 500;

/** Reads all chains, a page at a time, by agent id. */
export async function* chainsOf(store: TrustStore): AsyncGenerator<StoredChain> {
  for (let afterAgentId: string | undefined; ; ) {
    const page = await store.listChains({ limit: PAGE, ...(afterAgentId !== undefined && { afterAgentId }) });
    yield* page;
    afterAgentId = page.at(-1)?.agentId;
    if (page.length < PAGE) return;
  }
}
