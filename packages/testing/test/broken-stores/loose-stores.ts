import {
  type DelegationFilter,
  type Intent,
  linkHash,
  type StoredAuthority,
  type StoredChain,
  StoreError,
  type StoreEvent,
  type StoreWrite,
  TRAIL_START,
} from '@kaizen-eatp/core';
import { ForwardingStore } from '@kaizen-eatp/testing';
import { RewritingStore } from './rewriting-store.js';

// Stores with one small fault each: enough for every requirement to be seen to notice something.

/** Fails for what is not there. */
export class ThrowsForNothing extends ForwardingStore {
  override async trailHead(trailId: string) {
    const head = await super.trailHead(trailId);
    if (!head && trailId === 'run-x') throw new Error(`no such trail: ${trailId}`);
    return head;
  }
}

/** Leaves out the chains it does not have, so the others move up. */
export class LeavesGapsOut extends ForwardingStore {
  override async readChains(agentIds: readonly string[]): Promise<(StoredChain | undefined)[]> {
    const chains = await super.readChains(agentIds);
    return chains.some(Boolean) ? chains.filter(Boolean) : chains;
  }
}

/** Gives authorities in the order of their ids. */
export class SortsAuthorities extends ForwardingStore {
  override async readAuthorities(authorityIds: readonly string[]): Promise<(StoredAuthority | undefined)[]> {
    return super.readAuthorities([...authorityIds].sort());
  }
}

/** Removes a chain that has ended. */
export class RemovesEndedChains extends ForwardingStore {
  override async readChains(agentIds: readonly string[]): Promise<(StoredChain | undefined)[]> {
    return (await super.readChains(agentIds)).map((chain) =>
      chain?.active === false && chain.text.includes('alice') ? undefined : chain,
    );
  }
}

/** Starts each page with the last chain of the one before. */
export class RepeatsPageEnds extends ForwardingStore {
  override async listChains(page: { afterAgentId?: string; limit?: number } = {}): Promise<StoredChain[]> {
    const [last] = page.afterAgentId === undefined ? [] : await super.readChains([page.afterAgentId]);
    return [...(last ? [last] : []), ...(await super.listChains(page))].slice(0, page.limit);
  }
}

/** Counts places from 0 when asked for a page. */
export class PagesOffByOne extends ForwardingStore {
  override readTrail(trailId: string, page: { afterSequence?: number; limit?: number } = {}) {
    return super.readTrail(
      trailId,
      page.afterSequence ? { ...page, afterSequence: page.afterSequence - 1 } : page,
    );
  }
}

/** Puts an entry after the head, wherever it says that it belongs. */
export class RelinksEntries extends RewritingStore {
  protected async rewrite(write: StoreWrite): Promise<StoreWrite> {
    if (write.op !== 'append_anchor' || write.entry.anchorId !== 'aud-start') return write;
    const head = await this.inner.trailHead(write.entry.trailId);
    const previousHash = head?.hash ?? TRAIL_START;
    const entry = {
      ...write.entry,
      sequence: (head?.sequence ?? 0) + 1,
      previousHash,
      hash: linkHash(previousHash, write.entry.text),
    };
    return { ...write, entry };
  }
}

/** Links entries of a shared trail by their texts alone. */
export class UnlinkedSharedTrail extends ForwardingStore {
  override async readTrail(trailId: string, page?: { afterSequence?: number; limit?: number }) {
    const trail = await super.readTrail(trailId, page);
    return trailId === 'shared'
      ? trail.map((entry) => ({ ...entry, hash: linkHash('', entry.text) }))
      : trail;
  }
}

/** Takes a second delegation of an id for a repeated call, and says nothing. */
export class IgnoresSecondDelegations extends RewritingStore {
  protected async rewrite(write: StoreWrite): Promise<StoreWrite | undefined> {
    if (write.op !== 'add_delegation') return write;
    const [known] = await this.inner.readDelegationPath(write.entry.delegationId);
    return known ? undefined : write;
  }
}

/** The same for intents. */
export class IgnoresSecondIntents extends RewritingStore {
  protected async rewrite(write: StoreWrite): Promise<StoreWrite | undefined> {
    if (write.op !== 'open_intent') return write;
    const known = (await this.inner.openIntents()).some(
      (intent: Intent) => intent.invocationId === write.intent.invocationId,
    );
    return known ? undefined : write;
  }
}

/** Gives a path from the first down. */
export class PathsFromTheTop extends ForwardingStore {
  override async readDelegationPath(delegationId: string) {
    return (await super.readDelegationPath(delegationId)).reverse();
  }
}

/** Finds what has ended when asked for what is in force. */
export class IgnoresStatus extends ForwardingStore {
  override findDelegations({ status: _, ...filter }: DelegationFilter) {
    return super.findDelegations(filter);
  }
}

/** Tells nobody anything. */
export class TellsNobody extends ForwardingStore {
  override watch(_listener: (event: StoreEvent) => void): () => void {
    return () => undefined;
  }
}

/** Loses a write to a run's trail that comes while another is under way, and acknowledges it. */
export class RefusesBusyTrails extends ForwardingStore {
  #busy = new Set<string>();

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    const shared = writes.find((write) => write.op === 'append_shared')?.trailId;
    if (shared === undefined) return super.commit(writes);
    if (this.#busy.has(shared))
      throw new StoreError('STORE_CONFLICT', 'The trail is busy', { remedy: 'Try again.' });
    this.#busy.add(shared);
    await new Promise((resolve) => setImmediate(resolve));
    await super.commit(writes).finally(() => this.#busy.delete(shared));
  }
}

/** Holds the writes of a batch against what was there before the batch only. */
export class ChecksBatchesAsOne extends RewritingStore {
  protected rewrite(write: StoreWrite): StoreWrite {
    return write;
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    const ids = new Set<string>();
    const distinct = writes.filter((write) => {
      if (write.op !== 'add_delegation') return true;
      const isNew = !ids.has(write.entry.delegationId);
      ids.add(write.entry.delegationId);
      return isNew;
    });
    await super.commit(distinct);
  }
}

/** Loses what an agent's delegation of a run says once it has been read for a check. */
export class LosesRunDelegations extends ForwardingStore {
  override async readDelegationPath(delegationId: string) {
    const path = await super.readDelegationPath(delegationId);
    return path.filter((entry) => entry.runId === null || entry.text.length < 200);
  }
}
