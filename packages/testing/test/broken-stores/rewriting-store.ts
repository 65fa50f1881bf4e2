import { expectWrites, type StoreWrite } from '@kaizen-eatp/core/store';
import { ForwardingStore } from '@kaizen-eatp/testing';

/** A store that does not quite do what it is told. */
export abstract class RewritingStore extends ForwardingStore {
  /** @returns what is written in place of a write; nothing to leave it out. */
  protected abstract rewrite(write: StoreWrite): StoreWrite | undefined | Promise<StoreWrite | undefined>;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    const rewritten = await Promise.all(expectWrites(writes).map((write) => this.rewrite(write)));
    await super.commit(rewritten.filter((write) => write !== undefined));
  }
}
