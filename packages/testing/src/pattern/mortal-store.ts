import { StoreError } from '@kaizen-eatp/core/errors';
import { expectWrites, type StoreWrite, type TrustStore } from '@kaizen-eatp/core/store';
import { ForwardingStore } from '../fakes/forwarding-store.js';

/** Whether a process has died. */
interface Life {
  isDead: boolean;
}

/** A process's way to a store, which ends at one of the commits of a run as the process does: before it is applied, or after. */
export class MortalStore extends ForwardingStore {
  override readonly throwsCodedErrors = true;
  /** How many commits runs have made. */
  commits = 0;

  private constructor(
    inner: TrustStore,
    private readonly life: Life,
    /** The number of the last commit of runs. */
    private readonly last: number,
    private readonly isApplied: boolean,
  ) {
    super(inner);
  }

  /** Makes the way to a store. @param last - the number of the last commit of runs. */
  static over(store: TrustStore, last: number, isApplied: boolean): MortalStore {
    const life = { isDead: false };
    return new MortalStore(whileAlive(store, life), life, last, isApplied);
  }

  /** Whether the process has died. */
  get isDead(): boolean {
    return this.life.isDead;
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    // Only what runs write counts, so that the crashes do not depend on how often a worker looks for runs.
    const isOfRun = expectWrites(writes).some(({ op }) => op === 'fence');
    if (isOfRun) this.commits += 1;
    const isLast = isOfRun && this.commits >= this.last && !this.isDead;
    if (!isLast || this.isApplied) await this.inner.commit(writes);
    if (!isLast) return;
    this.life.isDead = true;
    throw dead();
  }
}

/** A store of which every method but `watch` and `close` rejects after the death of its process. */
const whileAlive = (store: TrustStore, life: Life): TrustStore =>
  new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown =>
        life.isDead && name !== 'watch' && name !== 'close'
          ? Promise.reject(dead())
          : (member as (...given: unknown[]) => unknown).apply(target, given);
    },
  });

const dead = (): StoreError =>
  new StoreError('STORE_FAILED', 'The process is dead', {
    remedy: 'None: the suite ends a process here.',
    evidence: { retryable: false, outcome: 'unknown' },
  });
