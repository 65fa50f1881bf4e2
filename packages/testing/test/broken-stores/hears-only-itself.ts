import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { StoreEvent, StoreWrite } from '@kaizen-eatp/core/store';
import { ForwardingStore, type StorePlaceFactory } from '@kaizen-eatp/testing';

/** One of several instances over the same records, which tells its watchers of its own writes only. */
export class HearsOnlyItself extends ForwardingStore {
  #isWriting = false;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.#isWriting = true;
    await super.commit(writes).finally(() => {
      this.#isWriting = false;
    });
  }

  override watch(listener: (event: StoreEvent) => void): () => void {
    return super.watch((event) => {
      if (this.#isWriting) listener(event);
    });
  }
}

export const deafPlace: StorePlaceFactory = () => {
  const records = new MemoryTrustStore();
  return { open: () => new HearsOnlyItself(records) };
};
