import { isEatpError } from '../../errors/index.js';
import type { StepRecord, StoreWrite, TrustStore } from '../../store/index.js';
import type { DeferringCommitter } from '../../trust/audit/trail-writer.js';

/** How long a deferred write waits for the next commit, in milliseconds. */
const MOST_DEFERRED = 10;

/** The process that owns a run, as the store checks it. */
export interface RunOwner {
  /** The run that was submitted; runs inside it have the same owner. */
  readonly runId: string;
  /** The token of the owner. */
  readonly token: string;
}

/** The parts of a committer. */
export interface CommitterOptions {
  /** The store that keeps the run. */
  readonly store: TrustStore;
  /** The run. */
  readonly runId: string;
  /** The process that owns it. */
  readonly owner: RunOwner;
  /** The writes with which the first commit begins: the run itself, or the claim to it. */
  readonly opening: readonly StoreWrite[];
  /** How many deliveries are stored. */
  readonly delivered: number;
  /** Called when a commit has failed. */
  onFailed(error: unknown): void;
}

/** Gives writes to each commit, such as the delegations that an outcome in it names. */
export interface WriteSource {
  /** Takes the writes. @returns undefined if there are none. */
  take(): { readonly writes: readonly StoreWrite[]; onStored(): void } | undefined;
}

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Commits the writes of a durable run, one commit after the other: each begins with the fence, and takes along everything
 * that was given until then. After a failed commit nothing more is written, since only the store knows what it holds.
 */
export class JournalCommitter implements DeferringCommitter {
  #writes: StoreWrite[] = [];
  #records: StepRecord[] = [];
  #delivered: string[] = [];
  #waiting: Waiting[] = [];
  #opening: readonly StoreWrite[];
  #stored: number;
  #stopped: { readonly reason: unknown } | undefined;
  #isCommitting = false;
  #timer: NodeJS.Timeout | undefined;
  #source: WriteSource | undefined;

  constructor(private readonly of: CommitterOptions) {
    this.#stored = of.delivered;
    this.#opening = of.opening;
  }

  /** Takes the writes of a source into each commit. */
  takeFrom(source: WriteSource): void {
    this.#source = source;
  }

  /** Keeps an outcome for the next commit. */
  record(step: StepRecord): void {
    this.#records.push(step);
  }

  /** Keeps a delivery for the next commit. */
  deliver(key: string): void {
    this.#delivered.push(key);
  }

  /** Keeps writes for the next commit, and commits them alone if none comes. */
  defer(writes: readonly StoreWrite[]): void {
    this.#writes.push(...writes);
    this.commitSoon();
  }

  /** Sees to it that everything that is kept is committed soon. */
  commitSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // A failure ends the execution of the run, wherever it is noticed.
      if (this.#writes.length + this.#records.length > 0) this.commit([]).catch(() => undefined);
    }, MOST_DEFERRED);
  }

  /** Refuses every further commit. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason };
    clearTimeout(this.#timer);
  }

  /** Commits all writes, or none. @throws StoreError; the reason, once it is stopped. */
  commit(writes: readonly StoreWrite[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writes.push(...writes);
      this.#waiting.push({ resolve, reject });
      if (!this.#isCommitting) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#isCommitting = true;
    // Those that are given in the same turn go together.
    await undefined;
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#stopped) throw this.#stopped.reason;
        const also = this.#source?.take();
        await this.of.store.commit(this.#batch(also?.writes ?? []));
        also?.onStored();
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        if (!this.#stopped) {
          this.stop(error);
          this.of.onFailed(error);
        }
        for (const { reject } of waiting) reject(error);
      }
    }
    this.#isCommitting = false;
  }

  /** Takes everything that is kept. */
  #batch(first: readonly StoreWrite[]): StoreWrite[] {
    const { runId, owner } = this.of;
    const fence = { op: 'fence', runId: owner.runId, owner: owner.token } as const;
    const batch: StoreWrite[] = [...this.#opening, fence, ...first];
    const steps = this.#records;
    const others: StoreWrite[] = [];
    for (const write of this.#writes) {
      if (write.op === 'record_steps' && write.runId === runId) steps.push(...write.steps);
      else others.push(write);
    }
    if (steps.length > 0) batch.push({ op: 'record_steps', runId, steps });
    if (this.#delivered.length > 0)
      batch.push({ op: 'record_order', runId, first: this.#stored + 1, delivered: this.#delivered });
    // Last, since they can end the run, which takes no steps afterwards.
    batch.push(...others);
    this.#stored += this.#delivered.length;
    this.#opening = [];
    this.#writes = [];
    this.#records = [];
    this.#delivered = [];
    return batch;
  }
}

/** Whether an error says nothing about the run, only about this process and its store. */
export const isAboutStore = (error: unknown): boolean =>
  isEatpError(
    error,
    'STORE_FAILED',
    'STORE_CONFLICT',
    'STORE_NOT_OWNER',
    'TRAIL_FORK',
    'OUTCOME_NOT_RECORDED',
    'SIGNING_FAILED',
    'KEY_NOT_FOUND',
    'RUN_SUSPENDED',
    'RUN_DIVERGED',
  );
