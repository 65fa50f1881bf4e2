import type { StoreEvent } from '@kaizen-eatp/core/store';
import type { DatabaseFile } from '../connection/database-file.js';
import { closedError, isBusy, storeFailure, UncertainCommit } from '../failures.js';
import type { ChangeFeed } from '../watching/change-feed.js';

/** Work for one place in a transaction: all of it is stored, or none. Can be run again after a rollback. */
export interface Job {
  run(): void;
  /** The events that watchers receive once it is stored. */
  readonly events: readonly StoreEvent[];
}

interface Waiting {
  readonly job: Job;
  readonly deadline: number;
  resolve(): void;
  reject(error: unknown): void;
}

// Keeps others who share the file from waiting too long for it.
const LARGEST_GROUP = 256;

/**
 * Stores jobs that come together in one transaction, since what a commit costs is one sync of the disk, however
 * much is in it. One that is refused takes no other with it: then each has a savepoint of its own. A job's
 * promise settles after the commit.
 */
export class GroupCommitter {
  #waiting: Waiting[] = [];
  #isScheduled = false;
  #isClosed = false;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  readonly #savepoint;
  readonly #release;
  readonly #undo;

  constructor(
    private readonly file: DatabaseFile,
    private readonly feed: ChangeFeed,
    private readonly lockTimeout: number,
  ) {
    const { db } = file;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
    this.#savepoint = db.prepare('SAVEPOINT job');
    this.#release = db.prepare('RELEASE job');
    this.#undo = db.prepare('ROLLBACK TO job');
  }

  submit(job: Job): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedError(this.file.path));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, deadline: Date.now() + this.lockTimeout, resolve, reject });
      this.schedule();
    });
  }

  /** Takes no more jobs, and stores those that wait. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  private schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After all that is ready to run, so that every caller of this turn is in the group.
    setImmediate(() => this.flush());
  }

  private flush(): void {
    const group = this.#waiting.slice(0, LARGEST_GROUP);
    const isFree = this.store(group);
    this.#isScheduled = false;
    if (this.#waiting.length === 0) return;
    if (isFree) return this.schedule();
    this.#isScheduled = true;
    // Waiting at random keeps processes from asking in step.
    setTimeout(() => this.flush(), 1 + Math.random() * 3);
  }

  /** @returns false if another connection holds the file; the jobs that have not waited too long go on waiting. */
  private store(group: readonly Waiting[]): boolean {
    let failures: Map<Waiting, unknown>;
    try {
      failures = this.transact(group);
    } catch (error) {
      if (this.file.db.inTransaction) this.#rollback.run();
      if (isBusy(error)) {
        const late = group.filter((one) => one.deadline <= Date.now());
        this.settle(late, new Map(late.map((one) => [one, error])));
        return false;
      }
      // An error such as a full disk ended the transaction for all jobs; each that fits by itself is stored.
      if (group.length > 1) return group.map((one) => this.store([one])).every(Boolean);
      failures = new Map(group.map((one) => [one, error]));
    }
    this.settle(group, failures);
    return true;
  }

  /** @returns the jobs that were refused. @throws what made the whole transaction fail. */
  private transact(group: readonly Waiting[]): Map<Waiting, unknown> {
    this.file.expectInPlace();
    let before = this.begin(group);
    let failures: Map<Waiting, unknown> = new Map();
    if (!this.runAll(group)) {
      // One of them was refused. To have found that out costs less than a savepoint for each job, always.
      this.#rollback.run();
      before = this.begin(group);
      failures = this.attemptEach(group);
    }
    const cursors = before && this.feed.newest();
    this.commit();
    if (cursors) this.feed.moveTo(cursors);
    const told = group.flatMap((one) => (failures.has(one) ? [] : one.job.events));
    if (before) this.feed.tell([...before.events, ...told]);
    return failures;
  }

  /** @throws UncertainCommit if the disk failed. */
  private commit(): void {
    try {
      this.#commit.run();
    } catch (error) {
      throw UncertainCommit.isOne(error) ? new UncertainCommit(error) : error;
    }
  }

  /** @returns the changes of other connections until now, if watchers will be notified of this group's changes. */
  private begin(group: readonly Waiting[]): ReturnType<ChangeFeed['look']> | undefined {
    this.#begin.run();
    const isNews = this.feed.isWatched && group.some(({ job }) => job.events.length > 0);
    return isNews ? this.feed.look() : undefined;
  }

  /** @returns whether all of them ran. @throws if there is one only, or the transaction is lost. */
  private runAll(group: readonly Waiting[]): boolean {
    try {
      for (const { job } of group) job.run();
      return true;
    } catch (error) {
      if (group.length === 1 || !this.file.db.inTransaction) throw error;
      return false;
    }
  }

  private attemptEach(group: readonly Waiting[]): Map<Waiting, unknown> {
    const failures = new Map<Waiting, unknown>();
    for (const one of group) {
      const error = this.attempt(one.job);
      if (error) failures.set(one, error);
    }
    return failures;
  }

  /** @returns why the job alone was refused, if it was. @throws if the transaction is lost with it. */
  private attempt(job: Job): unknown {
    this.#savepoint.run();
    try {
      job.run();
      this.#release.run();
      return undefined;
    } catch (error) {
      if (!this.file.db.inTransaction) throw error;
      this.#undo.run();
      this.#release.run();
      return error;
    }
  }

  private settle(group: readonly Waiting[], failures: ReadonlyMap<Waiting, unknown>): void {
    const settled = new Set(group);
    this.#waiting = this.#waiting.filter((one) => !settled.has(one));
    for (const one of group) {
      if (failures.has(one)) one.reject(storeFailure(failures.get(one), this.file.path));
      else one.resolve();
    }
  }
}
