import type { LedgerEntry, ReadRequest, ReadResult } from '@kaizen-eatp/core/store';
import { FailingStore } from './failing-store.js';

/** A store whose ledger somebody edits between two reads. */
export class EditedStore extends FailingStore {
  /** What the ledger says now instead of what was stored. */
  edit: (entry: LedgerEntry) => LedgerEntry = (entry) => entry;

  override async read(request: ReadRequest): Promise<ReadResult> {
    const found = await super.read(request);
    return {
      ...found,
      delegationPaths: found.delegationPaths.map((path) => path.map((entry) => this.edit(entry))),
    };
  }
}
