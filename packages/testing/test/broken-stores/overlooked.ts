import type { StoreEvent, StoreWrite } from '@kaizen-eatp/core/store';
import { ForwardingStore } from '@kaizen-eatp/testing';
import { RewritingStore } from './rewriting-store.js';

// Stores with faults in what is seldom used: a filter, a cancellation, an inner run, a watcher that throws.

/** Reads the open intents of a trail once. */
export class CachesIntentsOfATrail extends ForwardingStore {
  readonly #read = new Map<string, Awaited<ReturnType<ForwardingStore['openIntents']>>>();

  override async openIntents(filter?: { trailId?: string }) {
    const { trailId } = filter ?? {};
    if (trailId === undefined) return super.openIntents(filter);
    const read = this.#read.get(trailId) ?? (await super.openIntents(filter));
    this.#read.set(trailId, read);
    return read;
  }
}

/** Loses requests to cancel a durable run. */
export class LosesCancellations extends RewritingStore {
  protected rewrite(write: StoreWrite): StoreWrite | undefined {
    return write.op === 'cancel_run' ? undefined : write;
  }
}

/** Gives the right to execute the runs to everyone. */
export class LetsAllExecute extends ForwardingStore {
  override async holdRuns() {
    return async (): Promise<void> => undefined;
  }
}

/** Wakes runs that wait for a person, but not those that wait for a time. */
export class Oversleeps extends RewritingStore {
  protected async rewrite(write: StoreWrite): Promise<StoreWrite | undefined> {
    if (write.op !== 'wake_run') return write;
    const kept = await this.inner.readRun(write.runId);
    return kept?.run.wakeAt === null ? write : undefined;
  }
}

/** Tells watchers before it answers the writer, whom their errors reach. */
export class FailsWithItsWatchers extends ForwardingStore {
  readonly #watchers = new Set<(event: StoreEvent) => void>();

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    const heard: StoreEvent[] = [];
    const stop = this.inner.watch((event) => heard.push(event));
    try {
      await super.commit(writes);
    } finally {
      stop();
    }
    for (const event of heard) for (const watcher of this.#watchers) watcher(event);
  }

  override watch(listener: (event: StoreEvent) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }
}
