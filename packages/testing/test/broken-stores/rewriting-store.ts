import { expectWrites, type StoreWrite } from '@kaizen-eatp/core/store';
import { ForwardingStore } from '@kaizen-eatp/testing';

/** A store that changes some writes. */
export abstract class RewritingStore extends ForwardingStore {
  /** @returns the write to do in place of another one; undefined to do none. */
  protected abstract rewrite(write: StoreWrite): StoreWrite | undefined | Promise<StoreWrite | undefined>;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    const rewritten = await Promise.all(expectWrites(writes).map((write) => this.rewrite(write)));
    await super.commit(rewritten.filter((write) => write !== undefined));
  }
}
