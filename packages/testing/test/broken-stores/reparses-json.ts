import type { StoreWrite } from '@kaizen-eatp/core/store';
import { RewritingStore } from './rewriting-store.js';

/** Stores parsed JSON in place of each record's bytes, as a column of type JSON does. */
export class ReparsesTexts extends RewritingStore {
  protected rewrite(write: StoreWrite): StoreWrite {
    if (write.op === 'put_chain') return { ...write, text: reparsed(write.text) };
    return write;
  }
}

function reparsed(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
