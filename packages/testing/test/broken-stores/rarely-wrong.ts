import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { ReadRequest, ReadResult, StoreEvent, StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { ForwardingStore, type StorePlaceFactory } from '@kaizen-eatp/testing';
import { RewritingStore } from './rewriting-store.js';

// Stores that are right in a small test: they are wrong with many records, with long ones, later, or in another instance.

/** Ignores the version of a chain once in a thousand times. */
export class IgnoresVersionsRarely extends ForwardingStore {
  #conflicts = 0;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    try {
      await super.commit(writes);
    } catch (error) {
      this.#conflicts += 1;
      const [write] = writes;
      if (this.#conflicts % 1_000 !== 0 || write?.op !== 'put_chain') throw error;
      const [chain] = await this.inner.readChains([write.agentId]);
      await super.commit([{ ...write, ifVersion: chain?.version ?? null }]);
    }
  }
}

/** Returns no more than a hundred rows of anything. */
export class ReturnsAHundred extends ForwardingStore {
  override async listChains(page?: { afterAgentId?: string; limit?: number }) {
    return (await super.listChains(page)).slice(0, 100);
  }
  override async readTrail(trailId: string, page?: { afterSequence?: number; limit?: number }) {
    return (await super.readTrail(trailId, page)).slice(0, 100);
  }
  override async openIntents(filter?: { trailId?: string }) {
    return (await super.openIntents(filter)).slice(0, 100);
  }
}

/** Returns no more than a thousand delegations. */
export class ReturnsAThousandDelegations extends ForwardingStore {
  override async findDelegations(filter: Parameters<TrustStore['findDelegations']>[0]) {
    return (await super.findDelegations(filter)).slice(0, 1_000);
  }
}

/** Shows readers the chains of a batch before the rest of it. */
export class ShowsHalfBatches extends ForwardingStore {
  #before: ReadResult | undefined;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    await super.commit(writes);
    await new Promise((resolve) => setImmediate(resolve));
    this.#before = undefined;
  }

  override async read(request: ReadRequest): Promise<ReadResult> {
    const now = await super.read(request);
    const shown = this.#before && request.authorities ? { ...this.#before, chains: now.chains } : now;
    if (request.authorities) this.#before ??= now;
    return shown;
  }
}

/** Loses its watchers after a second. */
export class WatchesForASecond extends ForwardingStore {
  override watch(listener: (event: StoreEvent) => void): () => void {
    const stop = super.watch(listener);
    setTimeout(stop, 1_000).unref();
    return stop;
  }
}

/** Has room for one watcher: a new one replaces the one before. */
export class NotifiesTheNewest extends ForwardingStore {
  #newest: ((event: StoreEvent) => void) | undefined;

  override watch(listener: (event: StoreEvent) => void): () => void {
    this.#newest = listener;
    return super.watch((event) => {
      if (this.#newest === listener) listener(event);
    });
  }
}

/** Notifies every watcher twice of a revocation. */
export class NotifiesTwice extends ForwardingStore {
  override watch(listener: (event: StoreEvent) => void): () => void {
    return super.watch((event) => {
      listener(event);
      if (event.type === 'revoked' && event.revocation.subjectId !== 'agent-alice')
        setImmediate(listener, event);
    });
  }
}

/** Has a column of a megabyte for a chain. */
export class TruncatesChains extends RewritingStore {
  protected rewrite(write: StoreWrite): StoreWrite {
    return write.op === 'put_chain' ? { ...write, text: write.text.slice(0, 1_048_576) } : write;
  }
}

/** Has a column of two megabytes for an anchor. */
export class TruncatesAnchors extends ForwardingStore {
  override async readTrail(trailId: string, page?: { afterSequence?: number; limit?: number }) {
    const trail = await super.readTrail(trailId, page);
    return trail.map((entry) => ({ ...entry, text: entry.text.slice(0, 2_097_152) }));
  }
}

/** Compares ids without regard to case. */
export class FoldsCase extends RewritingStore {
  protected rewrite(write: StoreWrite): StoreWrite {
    return write.op === 'put_chain' ? { ...write, agentId: write.agentId.toLowerCase() } : write;
  }
  override read(request: ReadRequest): Promise<ReadResult> {
    return super.read({
      ...request,
      ...(request.chains && { chains: request.chains.map((id) => id.toLowerCase()) }),
    });
  }
}

/** Normalises the ids of revoked agents. */
export class NormalisesIds extends RewritingStore {
  protected rewrite(write: StoreWrite): StoreWrite {
    if (write.op !== 'revoke') return write;
    const { revocation } = write;
    return { ...write, revocation: { ...revocation, subjectId: revocation.subjectId.normalize('NFC') } };
  }
}

/** Each of several instances over one place keeps the chains and revocations that it has read. */
export class CachesForever extends ForwardingStore {
  readonly #read = new Map<string, ReadResult>();

  override async read(request: ReadRequest): Promise<ReadResult> {
    if (request.authorities) return super.read(request);
    const key = JSON.stringify(request);
    const known = this.#read.get(key);
    if (known) return known;
    const found = await super.read(request);
    this.#read.set(key, found);
    return found;
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    await super.commit(writes);
    this.#read.clear();
  }
}

/** Each of several instances over one place keeps the ends of trails that it has read. */
export class CachesHeads extends ForwardingStore {
  readonly #trails = new Map<string, number>();

  override async readTrail(trailId: string, page?: { afterSequence?: number; limit?: number }) {
    const trail = await super.readTrail(trailId, page);
    const known = this.#trails.get(trailId) ?? trail.length;
    this.#trails.set(trailId, known);
    return page ? trail : trail.slice(0, known);
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    await super.commit(writes);
    this.#trails.clear();
  }
}

/** Each of several instances over one place keeps the disclosures that it has read, after another one erased them. */
export class RemembersTheErased extends ForwardingStore {
  readonly #known = new Map<string, Awaited<ReturnType<TrustStore['readDisclosures']>>[number]>();

  override async readDisclosures(digests: readonly string[]) {
    const found = await super.readDisclosures(digests);
    return found.map((each, i) => {
      const digest = digests[i] as string;
      if (each) this.#known.set(digest, each);
      return each ?? this.#known.get(digest);
    });
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    await super.commit(writes);
    if (writes.some(({ op }) => op === 'erase_person')) this.#known.clear();
  }
}

/** Does not check who owns a durable run. */
export class DropsFences extends RewritingStore {
  protected rewrite(write: StoreWrite): StoreWrite | undefined {
    return write.op === 'fence' && write.runId !== 'run-x' ? undefined : write;
  }
}

/** Does not ask which owner of a durable run came later. */
export class TakesEarlierOwners extends RewritingStore {
  protected async rewrite(write: StoreWrite): Promise<StoreWrite | undefined> {
    // An owner whose token says nothing of an order comes in between.
    if (write.op === 'claim_run' && write.owner.startsWith('ordered/'))
      await this.inner.commit([{ ...write, owner: 'anyone' }]);
    return write;
  }
}

/** Takes a second outcome of a step for a repeated call, and says nothing. */
export class RecordsStepsAgain extends RewritingStore {
  protected async rewrite(write: StoreWrite): Promise<StoreWrite | undefined> {
    if (write.op !== 'record_steps') return write;
    const kept = await this.inner.readRun(write.runId);
    const known = write.steps.some(({ key }) => kept?.steps.some((step) => step.key === key));
    return known ? undefined : write;
  }
}

/** Several instances over one place. */
export const sharedPlace =
  (Store: new (inner: TrustStore) => TrustStore): StorePlaceFactory =>
  () => {
    const records = new MemoryTrustStore();
    return { open: () => new Store(records) };
  };
