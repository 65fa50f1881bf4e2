import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { ForwardingStore } from './forwarding-store.js';

/** Which commits fail. Every condition that is given must hold. */
export interface FailurePlan {
  /** The n-th commit from now, from 1, and every later one. Default: the first. */
  readonly fromCommit?: number;
  /** Only commits that hold a write of this kind; these alone are counted. Default: any. */
  readonly op?: StoreWrite['op'];
  /** Only commits for which this is true; these alone are counted. Default: any. */
  readonly when?: (writes: readonly StoreWrite[]) => boolean;
  /** How many commits fail before the store is well again. Default: all that follow. */
  readonly times?: number;
  /** What is thrown. Default: `Error('disk full')`, as a store plugin might throw it. */
  readonly error?: unknown;
}

/** A store whose commits fail as planned, before anything is written. Reads go on working. */
export class FailingStore extends ForwardingStore {
  #plan: FailurePlan | undefined;
  #matching = 0;
  #failures = 0;

  constructor(inner: TrustStore = new MemoryTrustStore(), plan?: FailurePlan) {
    super(inner);
    this.#plan = plan;
  }

  /** How many commits have failed so far. */
  get failures(): number {
    return this.#failures;
  }

  /** Follows a plan from now on. */
  fail(plan: FailurePlan = {}): void {
    this.#plan = plan;
    this.#matching = 0;
    this.#failures = 0;
  }

  /** Fails no more. */
  heal(): void {
    this.#plan = undefined;
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#plan && this.isToFail(this.#plan, writes)) {
      this.#failures += 1;
      throw this.#plan.error ?? new Error('disk full');
    }
    return super.commit(writes);
  }

  private isToFail(plan: FailurePlan, writes: readonly StoreWrite[]): boolean {
    if (plan.op !== undefined && !writes.some((write) => write.op === plan.op)) return false;
    if (plan.when && !plan.when(writes)) return false;
    this.#matching += 1;
    return (
      this.#matching >= (plan.fromCommit ?? 1) && this.#failures < (plan.times ?? Number.POSITIVE_INFINITY)
    );
  }
}

/** @param plan - may be given later, by `store.fail(plan)`; until then nothing fails. */
export const failingStore = (plan?: FailurePlan, inner?: TrustStore): FailingStore =>
  new FailingStore(inner, plan);
