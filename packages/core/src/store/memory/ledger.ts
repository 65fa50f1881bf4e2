import { expectNewRecord, expectOffered } from '../contract/conflicts.js';
import type { AcceptDelegation, AddDelegation, CloseDelegations } from '../contract/store-write.js';
import type { DelegationStatus, LedgerEntry, Revocation } from '../contract/stored-records.js';
import type { DelegationFilter } from '../contract/trust-store.js';
import type { Batch } from './batch.js';
import { Index } from './index-of-ids.js';

/**
 * The delegation ledger. Ended delegations stay until their run is dropped, so only those in force are indexed by
 * agent and person: the ended ones would outnumber them.
 */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>();
  /** Holds imported entries only; nothing is archived here. Their ids stay taken. */
  readonly #archived = new Map<string, LedgerEntry>();
  readonly #byRun = new Index();
  readonly #byTask = new Index();
  readonly #offered = new Set<string>();
  readonly #inForce = new Set<string>();
  readonly #inForceBy = { person: new Index(), delegateeId: new Index(), delegatorId: new Index() };

  /** Returns the entry of a delegation. */
  read(delegationId: string): LedgerEntry | undefined {
    return this.#entries.get(delegationId);
  }

  /** All entries, oldest first. */
  all(): Iterable<LedgerEntry> {
    return this.#entries.values();
  }

  /** All archived entries, in the order in which they came. */
  archived(): Iterable<LedgerEntry> {
    return this.#archived.values();
  }

  /** Returns the entries that meet every criterion, oldest first. */
  find(filter: DelegationFilter): LedgerEntry[] {
    const criteria = Object.entries(filter).filter(([, wanted]) => wanted !== undefined);
    const found: LedgerEntry[] = [];
    for (const id of this.candidates(filter)) {
      const entry = this.#entries.get(id) as LedgerEntry;
      const matches = criteria.every(([field, wanted]) => entry[field as keyof DelegationFilter] === wanted);
      if (matches) found.push(entry);
    }
    return found;
  }

  /** Whether a run has a delegation in force. */
  hasInForce(runId: string): boolean {
    for (const id of this.#byRun.get(runId)) if (this.#inForce.has(id)) return true;
    return false;
  }

  /** Checks that a delegation can be added. */
  check({ entry: { delegationId } }: AddDelegation, batch: Batch): void {
    const what = `delegation ${delegationId}`;
    batch.touch(what);
    expectNewRecord(what, !this.#entries.has(delegationId) && !this.#archived.has(delegationId));
  }

  /** Checks that a delegation is offered. */
  checkOffer({ delegationId }: AcceptDelegation, batch: Batch): void {
    batch.touch(`delegation ${delegationId}`);
    expectOffered(delegationId, this.#offered.has(delegationId));
  }

  /** Marks an offered delegation as accepted. */
  accept(delegationId: string): void {
    this.setStatus(delegationId, 'accepted');
  }

  /** Adds an entry. */
  add(entry: LedgerEntry): void {
    const { delegationId, taskId, runId } = entry;
    this.#entries.set(delegationId, entry);
    this.#byTask.add(taskId, delegationId);
    if (runId !== null) this.#byRun.add(runId, delegationId);
    if (entry.status === 'offered') this.#offered.add(delegationId);
    if (entry.status !== 'in_force') return;
    this.#inForce.add(delegationId);
    const { person, delegateeId, delegatorId } = this.#inForceBy;
    if (entry.person !== null) person.add(entry.person, delegationId);
    delegateeId.add(entry.delegateeId, delegationId);
    delegatorId.add(entry.delegatorId, delegationId);
  }

  /** Keeps an entry that an export had in its archive. */
  addArchived(entry: LedgerEntry): void {
    this.#archived.set(entry.delegationId, entry);
  }

  /** Ends the delegations of a run or a task. */
  close({ runId, taskId, delegatorId }: CloseDelegations): void {
    if (runId !== undefined) {
      for (const id of this.#byRun.get(runId)) this.end(id, 'closed');
      return;
    }
    for (const id of this.#byTask.get(taskId)) {
      const entry = this.#entries.get(id) as LedgerEntry;
      // Those of a run end with it, not with the task that it names.
      if (entry.runId === null && entry.delegatorId === delegatorId) this.end(id, 'closed');
    }
  }

  /** Ends the delegations that a revocation concerns. */
  revoke({ kind, subjectId }: Revocation): void {
    if (kind === 'delegation') this.setStatus(subjectId, 'revoked');
    if (kind !== 'person') return;
    for (const id of this.#inForceBy.person.get(subjectId)) this.end(id, 'revoked');
    for (const id of this.#offered)
      if (this.#entries.get(id)?.person === subjectId) this.setStatus(id, 'revoked');
  }

  /** Forgets every entry of a run. */
  dropRun(runId: string): void {
    for (const id of this.#byRun.get(runId)) {
      this.end(id, 'closed');
      this.#byTask.remove((this.#entries.get(id) as LedgerEntry).taskId, id);
      this.#entries.delete(id);
    }
    this.#byRun.drop(runId);
  }

  private end(id: string, status: DelegationStatus): void {
    if (this.#inForce.has(id)) this.setStatus(id, status);
  }

  private setStatus(id: string, status: DelegationStatus): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.set(id, { ...entry, status });
    this.#offered.delete(id);
    if (!this.#inForce.delete(id)) return;
    const { person, delegateeId, delegatorId } = this.#inForceBy;
    if (entry.person !== null) person.remove(entry.person, id);
    delegateeId.remove(entry.delegateeId, id);
    delegatorId.remove(entry.delegatorId, id);
  }

  /** Returns the shortest list of ids that holds everything that a filter can match. */
  private candidates(filter: DelegationFilter): Iterable<string> {
    if (filter.runId !== undefined) return this.#byRun.get(filter.runId);
    if (filter.taskId !== undefined) return this.#byTask.get(filter.taskId);
    if (filter.status === 'offered') return this.#offered;
    if (filter.status !== 'in_force') return this.#entries.keys();
    const { person, delegateeId, delegatorId } = this.#inForceBy;
    if (filter.person !== undefined) return person.get(filter.person);
    if (filter.delegateeId !== undefined) return delegateeId.get(filter.delegateeId);
    if (filter.delegatorId !== undefined) return delegatorId.get(filter.delegatorId);
    return this.#inForce;
  }
}
