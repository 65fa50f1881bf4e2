import type { DoctorReport, ImportReport } from '@kaizen-eatp/core/store';
import { MaintainedStore } from '../maintained-store.js';

/** Takes in what it can of an export, and leaves out the rest. */
export class ImportsInParts extends MaintainedStore {
  override async importJsonLines(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport> {
    const kept: string[] = [];
    for await (const line of lines) kept.push(line);
    return super.importJsonLines(kept).catch(() => ({}) as ImportReport);
  }
}

/** Gives an archived id again. */
export class ForgetsArchivedIds extends MaintainedStore {
  protected override isTaken(): boolean {
    return false;
  }

  override async commit(writes: Parameters<MaintainedStore['commit']>[0]): Promise<void> {
    if (this.archived.size > 0) return;
    await super.commit(writes);
  }
}

/** Calls everything healthy. */
export class CallsEverythingHealthy extends MaintainedStore {
  override async doctor(): Promise<DoctorReport> {
    return { ...(await super.doctor()), healthy: true, findings: [] };
  }
}

/** Compacts away what it takes for old. */
export class CompactsRecordsAway extends MaintainedStore {
  override async compact() {
    await this.memory.commit([{ op: 'erase_person', person: 'person-1' }]);
    return super.compact();
  }
}
