import { isEatpError } from '../../errors/index.js';
import type { StepRecord, StoreWrite, TrustStore } from '../../store/index.js';

/** The process that owns a run, as the store checks it. */
export interface RunOwner {
  /** The run that was submitted; runs inside it have the same owner. */
  readonly runId: string;
  /** The token of the owner. */
  readonly token: string;
}

/**
 * Commits the writes of a durable run: each batch begins with the fence, and takes along the outcomes and deliveries that
 * are not stored yet. After a failed commit nothing more is written, since only the store knows what it holds.
 */
export class JournalCommitter {
  #records: StepRecord[] = [];
  #delivered: string[] = [];
  #stored: number;
  #stopped: { readonly reason: unknown } | undefined;

  /**
   * @param delivered - how many deliveries are stored.
   * @param onFailed - called when a commit has failed.
   */
  constructor(
    private readonly store: TrustStore,
    private readonly runId: string,
    private readonly owner: RunOwner,
    delivered: number,
    private readonly onFailed: (error: unknown) => void,
  ) {
    this.#stored = delivered;
  }

  /** Keeps an outcome for the next commit. */
  record(step: StepRecord): void {
    this.#records.push(step);
  }

  /** Keeps a delivery for the next commit. */
  deliver(key: string): void {
    this.#delivered.push(key);
  }

  /** Refuses every further commit. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason };
  }

  /** Commits all writes, or none. @throws StoreError; the reason, once it is stopped. */
  async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#stopped) throw this.#stopped.reason;
    const { runId } = this;
    const batch: StoreWrite[] = [{ op: 'fence', runId: this.owner.runId, owner: this.owner.token }];
    if (this.#records.length > 0) batch.push({ op: 'record_steps', runId, steps: this.#records });
    if (this.#delivered.length > 0)
      batch.push({ op: 'record_order', runId, first: this.#stored + 1, delivered: this.#delivered });
    // Last, since they can end the run, which takes no steps afterwards.
    batch.push(...writes);
    this.#stored += this.#delivered.length;
    this.#records = [];
    this.#delivered = [];
    try {
      await this.store.commit(batch);
    } catch (error) {
      this.stop(error);
      this.onFailed(error);
      throw error;
    }
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
