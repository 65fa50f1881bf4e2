import { MemoryTrustStore } from '@kaizen-eatp/core';
import { StoreError } from '@kaizen-eatp/core/errors';
import {
  type ArchiveOptions,
  type ArchiveReport,
  archiveSettings,
  type CompactReport,
  type DelegationFilter,
  type DoctorOptions,
  type DoctorReport,
  type DumpRow,
  examineRecords,
  type ImportReport,
  type StoreMaintenance,
  type StoreWrite,
} from '@kaizen-eatp/core/store';
import { ForwardingStore, type StorePlaceFactory } from '@kaizen-eatp/testing';

/** The smallest store with everything that those who look after it ask for. */
export class MaintainedStore extends ForwardingStore implements StoreMaintenance {
  protected readonly archived = new Set<string>();

  constructor(protected readonly memory = new MemoryTrustStore()) {
    super(memory);
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    const taken = writes.some(
      (write) => write.op === 'add_delegation' && this.isTaken(write.entry.delegationId),
    );
    if (taken) throw new StoreError('STORE_CONFLICT', 'The id is archived', { remedy: 'Use another.' });
    await super.commit(writes);
  }

  override async findDelegations(filter: DelegationFilter) {
    const found = await super.findDelegations(filter);
    return found.filter((entry) => !this.archived.has(entry.delegationId));
  }

  async archive(options?: ArchiveOptions): Promise<ArchiveReport> {
    const { minimumAge } = archiveSettings(options);
    if (minimumAge > 0) return { archived: 0 };
    const ledger = [...(await this.findDelegations({ delegatorId: 'agent-alice' }))].reverse();
    let archived = 0;
    for (const entry of ledger) {
      const left = ledger.filter((other) => !this.archived.has(other.delegationId));
      const isNeeded = left.some(
        (other) =>
          other.parentDelegationId === entry.delegationId ||
          (other.status === 'in_force' && other.runId !== null && other.runId === entry.runId),
      );
      if (entry.status === 'in_force' || entry.status === 'offered' || isNeeded) continue;
      this.archived.add(entry.delegationId);
      archived += 1;
    }
    return { archived };
  }

  async compact(): Promise<CompactReport> {
    return { bytesBefore: 0, bytesAfter: 0 };
  }

  async doctor(options?: DoctorOptions): Promise<DoctorReport> {
    return examineRecords(this, await this.rows(), options);
  }

  exportJsonLines(): AsyncGenerator<string, void, undefined> {
    return this.memory.exportJsonLines();
  }

  importJsonLines(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport> {
    return this.memory.importJsonLines(lines);
  }

  protected isTaken(delegationId: string): boolean {
    return this.archived.has(delegationId);
  }

  private async rows(): Promise<DumpRow[]> {
    const rows: DumpRow[] = [];
    for await (const line of this.exportJsonLines()) {
      const { type, ...row } = JSON.parse(line);
      if (type !== 'header' && type !== 'end') rows.push({ type, row });
    }
    return rows;
  }
}

export const maintainedPlace =
  (Store: new () => MaintainedStore = MaintainedStore): StorePlaceFactory =>
  () => {
    const store = new Store();
    return { open: () => store };
  };
