import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { ReadRequest, ReadResult, StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { ForwardingStore } from './forwarding-store.js';

/** A store that yields to the event loop at each step, as a store on a disk or in another process does. */
export class YieldingStore extends ForwardingStore {
  constructor(inner: TrustStore = new MemoryTrustStore()) {
    super(inner);
  }

  override async read(request: ReadRequest): Promise<ReadResult> {
    await turn();
    return super.read(request);
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    await turn();
    await super.commit(writes);
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
