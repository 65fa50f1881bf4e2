import { StoreError } from '@kaizen-eatp/core/errors';
import type { StoreWrite } from '@kaizen-eatp/core/store';
import { RewritingStore } from './rewriting-store.js';

/** Writes a chain over whatever is there: the last writer wins, the others are lost. */
export class OverwritesChains extends RewritingStore {
  protected async rewrite(write: StoreWrite): Promise<StoreWrite> {
    if (write.op !== 'put_chain') return write;
    const [current] = await this.inner.readChains([write.agentId]);
    return { ...write, ifVersion: current?.active ? current.version : null };
  }

  // With nothing in between: it takes more than luck in timing to lose no update here.
  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      try {
        return await super.commit(writes);
      } catch (error) {
        const isRace = writes.length === 1 && writes[0]?.op === 'put_chain';
        if (!isRace || !(error instanceof StoreError)) throw error;
      }
    }
  }
}
