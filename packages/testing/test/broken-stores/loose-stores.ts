import { StoreError } from '@kaizen-eatp/core/errors';
import {
  type DelegationFilter,
  type Intent,
  type LedgerEntry,
  linkHash,
  type ReadRequest,
  type ReadResult,
  type StoredChain,
  type StoreEvent,
  type StoreWrite,
  TRAIL_START,
} from '@kaizen-eatp/core/store';
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

/** Reads each kind of record when it gets to it. */
export class ReadsInTurns extends ForwardingStore {
  override async read({ chains, authorities, ...rest }: ReadRequest): Promise<ReadResult> {
    const first = await super.read({ ...(chains && { chains }) });
    await new Promise((resolve) => setImmediate(resolve));
    const others = await super.read({ ...(authorities && { authorities }), ...rest });
    return { ...others, chains: first.chains };
  }
}

/** Remembers the first head of the statements that it was asked for. */
export class KeepsOldHeads extends ForwardingStore {
  #head: ReadResult['statementsHead'];
  override async read(request: ReadRequest): Promise<ReadResult> {
    const found = await super.read(request);
    this.#head ??= found.statementsHead;
    return this.#head ? { ...found, statementsHead: this.#head } : found;
  }
}

/** Puts a statement that comes after no other behind the last one. */
export class RelinksStatements extends ForwardingStore {
  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    const last = (await this.inner.readStatements()).at(-1);
    const [write] = writes;
    if (last && write?.op === 'append_statement' && write.entry.sequence === 1) {
      const { hash: previousHash } = last;
      const { text } = write.entry;
      const sequence = last.sequence + 1;
      const entry = { sequence, previousHash, hash: linkHash(previousHash, text), text };
      return super.commit([{ op: 'append_statement', entry }]);
    }
    return super.commit(writes);
  }
}

/** Leaves out the chains it does not have, so the others move up. */
export class LeavesGapsOut extends ForwardingStore {
  override async read(request: ReadRequest): Promise<ReadResult> {
    const found = await super.read(request);
    return { ...found, chains: found.chains.some(Boolean) ? found.chains.filter(Boolean) : found.chains };
  }
}

/** Gives authorities in the order of their ids. */
export class SortsAuthorities extends ForwardingStore {
  override async read(request: ReadRequest): Promise<ReadResult> {
    return super.read({ ...request, authorities: [...(request.authorities ?? [])].sort() });
  }
}

/** Removes a chain that has ended. */
export class RemovesEndedChains extends ForwardingStore {
  override async read(request: ReadRequest): Promise<ReadResult> {
    const found = await super.read(request);
    const isRemoved = (chain: StoredChain | undefined) =>
      chain?.active === false && chain.text.includes('alice');
    return { ...found, chains: found.chains.map((chain) => (isRemoved(chain) ? undefined : chain)) };
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

/** Hashes the text of each entry of a shared trail without the hash before it. */
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
  override async read(request: ReadRequest): Promise<ReadResult> {
    const found = await super.read(request);
    return { ...found, delegationPaths: found.delegationPaths.map((path) => [...path].reverse()) };
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
  #isBusy = false;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    const isShared = writes.some((write) => write.op === 'append_anchor' && write.entry.trailId === 'shared');
    if (!isShared) return super.commit(writes);
    if (this.#isBusy) throw new StoreError('STORE_CONFLICT', 'The trail is busy', { remedy: 'Try again.' });
    this.#isBusy = true;
    await new Promise((resolve) => setImmediate(resolve));
    await super.commit(writes).finally(() => {
      this.#isBusy = false;
    });
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
  override async read(request: ReadRequest): Promise<ReadResult> {
    const found = await super.read(request);
    const isKept = ({ runId, text }: LedgerEntry) => runId === null || text.length < 200;
    return { ...found, delegationPaths: found.delegationPaths.map((path) => path.filter(isKept)) };
  }
}

/** Has no column for what makes a delegation's id unique. */
export class LosesNonces extends ForwardingStore {
  override async read(request: ReadRequest): Promise<ReadResult> {
    const found = await super.read(request);
    const isLost = ({ nonce }: LedgerEntry) => nonce === 'n-1';
    const delegationPaths = found.delegationPaths.map((path) =>
      path.map((entry) => (isLost(entry) ? { ...entry, nonce: '' } : entry)),
    );
    return { ...found, delegationPaths };
  }
}

/** Keeps what was erased. */
export class ErasesNobody extends RewritingStore {
  protected rewrite(write: StoreWrite): StoreWrite | undefined {
    return write.op === 'erase_person' ? undefined : write;
  }
}

/** Leaves it to its database to encode ids. */
export class EncodesLoosely extends ForwardingStore {
  override commit(writes: readonly StoreWrite[]): Promise<void> {
    return super.commit(
      writes.map((write) =>
        write.op === 'put_chain' ? { ...write, agentId: write.agentId.toWellFormed() } : write,
      ),
    );
  }
}

/** Keeps no list of owners that others took for ended. */
export class RetiresNobody extends RewritingStore {
  protected rewrite(write: StoreWrite): StoreWrite | undefined {
    return write.op === 'retire_owner' ? undefined : write;
  }
}

/** Takes every process for ended, as one would by the age of its intents. */
export class FindsAllGone extends ForwardingStore {
  override async findGoneOwners(owners: readonly string[]) {
    return [...owners];
  }
}
