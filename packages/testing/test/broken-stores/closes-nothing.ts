import type { StoreWrite } from '@kaizen-eatp/core/store';
import { RewritingStore } from './rewriting-store.js';

/** Leaves intents open and delegations in force for ever. */
export class ClosesNothing extends RewritingStore {
  protected rewrite(write: StoreWrite): StoreWrite | undefined {
    if (write.op === 'close_delegations') return undefined;
    if (write.op !== 'append_anchor') return write;
    const { closesIntent: _, ...rest } = write;
    return rest;
  }
}
