import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { ForwardingStore } from './forwarding-store.js';

/** Says which commits fail: those that meet every condition. */
export interface FailurePlan {
  /** The number of the first commit that fails, counted from now and from 1. Default: 1. */
  readonly fromCommit?: number;
  /** Fail, and count, only commits with a write of this kind. Default: all commits. */
  readonly op?: StoreWrite['op'];
  /** Fail, and count, only commits for which this returns true. Default: all commits. */
  readonly when?: (writes: readonly StoreWrite[]) => boolean;
  /** How many commits fail before the store works again. Default: all of them. */
  readonly times?: number;
  /** The error that is thrown. Default: `Error('disk full')`, as from a store plugin. */
  readonly error?: unknown;
}

/** A store whose commits fail as planned, before they write anything. Reads still work. */
export class FailingStore extends ForwardingStore {
  #plan: FailurePlan | undefined;
  #matching = 0;
  #failures = 0;

  /** @param plan - can also be set later, by {@link fail}; until then no commit fails. */
  constructor(inner: TrustStore = new MemoryTrustStore(), plan?: FailurePlan) {
    super(inner);
    this.#plan = plan;
  }

  /** How many commits have failed under the present plan. */
  get failures(): number {
    return this.#failures;
  }

  /** Follows a plan from now on. */
  fail(plan: FailurePlan = {}): void {
    this.#plan = plan;
    this.#matching = 0;
    this.#failures = 0;
  }

  /** Makes all further commits work. */
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

/** Makes a {@link FailingStore}. @param plan - can also be set later, by `store.fail(plan)`. */
export const failingStore = (plan?: FailurePlan, inner?: TrustStore): FailingStore =>
  new FailingStore(inner, plan);
