import type { LedgerEntry, ReadRequest, ReadResult } from '@kaizen-eatp/core/store';
import { FailingStore } from './failing-store.js';

/** A store whose ledger is edited between two reads. */
export class EditedStore extends FailingStore {
  /** Returns the edited entry in place of the stored one. */
  edit: (entry: LedgerEntry) => LedgerEntry = (entry) => entry;

  override async read(request: ReadRequest): Promise<ReadResult> {
    const found = await super.read(request);
    return {
      ...found,
      delegationPaths: found.delegationPaths.map((path) => path.map((entry) => this.edit(entry))),
    };
  }
}
