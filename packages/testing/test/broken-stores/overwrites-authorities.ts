import type { StoreWrite } from '@kaizen-eatp/core/store';
import { RewritingStore } from './rewriting-store.js';

/** Writes an authority over whatever is there. */
export class OverwritesAuthorities extends RewritingStore {
  protected async rewrite(write: StoreWrite): Promise<StoreWrite> {
    if (write.op !== 'put_authority') return write;
    const [current] = await this.inner.readAuthorities([write.authorityId]);
    return { ...write, ifVersion: current?.version ?? null };
  }
}
