import type { StoreWrite } from '@kaizen-eatp/core/store';
import { ForwardingStore } from '@kaizen-eatp/testing';

/** Writes one thing after the other, without a transaction around them. */
export class CommitsInParts extends ForwardingStore {
  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    for (const write of writes) await super.commit([write]);
  }
}
