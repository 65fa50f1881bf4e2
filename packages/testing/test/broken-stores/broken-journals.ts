import type { StoreWrite } from '@kaizen-eatp/core/store';
import { JournalStore } from '../journal-store.js';

/** Says that a batch is written, and writes it when it finds the time. */
export class AcknowledgesEarly extends JournalStore {
  protected override async journal(writes: readonly StoreWrite[]): Promise<void> {
    setTimeout(() => super.journal(writes).catch(() => undefined), 20);
  }
}

/** Writes a batch to disk piece by piece. */
export class JournalsInParts extends JournalStore {
  protected override async journal(writes: readonly StoreWrite[]): Promise<void> {
    for (const write of writes) {
      await super.journal([write]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
