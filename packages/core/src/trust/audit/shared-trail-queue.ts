import type { AuditAnchor } from '../../chain/index.js';
import { StoreError } from '../../errors/index.js';
import { linkHash, type StoreWrite, TRAIL_START } from '../../store/index.js';
import { timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { type AnchorDraft, readAnchor, signAnchor } from './anchor.js';
import { signerFor } from './trail-signer.js';
import type { AppendOptions } from './trail-writer.js';

interface Waiting {
  readonly draft: AnchorDraft;
  readonly options: AppendOptions;
  resolve(anchor: AuditAnchor): void;
  reject(error: unknown): void;
}

/** The end of a trail, as far as this process knows it. */
interface Head {
  readonly sequence: number;
  readonly hash: string;
  /** The time of the last anchor, in milliseconds since the epoch. */
  readonly at: number;
}

interface Signed {
  readonly waiting: Waiting;
  readonly anchor: AuditAnchor;
}

/** How many anchors are signed for one commit. If another process takes their places, all of them are signed again. */
const LARGEST_BATCH = 64;
/** The longest wait for another attempt, in milliseconds. */
const LONGEST_WAIT = 250;
const EMPTY: Head = { sequence: 0, hash: TRAIL_START, at: Number.NEGATIVE_INFINITY };

/**
 * The anchors that this process appends to a trail with many writers. Those that wait at the same time are signed for
 * successive places and stored in one commit. If another process has taken the first place by then, nothing of the
 * commit is stored, and the anchors are signed again after the new head.
 */
export class SharedTrailQueue {
  readonly #waiting: Waiting[] = [];
  #head: Head | undefined;
  #isWriting = false;

  constructor(
    private readonly deployment: Deployment,
    private readonly trailId: string,
  ) {}

  /** The time of the last anchor that this process knows, in milliseconds since the epoch. */
  get latest(): number {
    return this.#head?.at ?? Number.NEGATIVE_INFINITY;
  }

  /** Signs an anchor and appends it. Resolves when it is stored. */
  append(draft: AnchorDraft, options: AppendOptions): Promise<AuditAnchor> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draft, options, resolve, reject });
      if (!this.#isWriting) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#isWriting = true;
    // Anchors of the same turn of the event loop are stored together from the start.
    await undefined;
    while (this.#waiting.length > 0) await this.#store(this.#nextBatch());
    this.#isWriting = false;
  }

  /** An anchor that is stored together with delegations is alone in its commit. */
  #nextBatch(): Waiting[] {
    let count = 0;
    while (count < LARGEST_BATCH && this.#waiting[count] && !this.#waiting[count]?.options.commit) count += 1;
    return this.#waiting.splice(0, Math.max(count, 1));
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    try {
      for (const { waiting, anchor } of await this.#place(batch)) waiting.resolve(anchor);
    } catch (error) {
      this.#head = undefined;
      if (batch.length === 1 || isStoreFailure(error)) for (const { reject } of batch) reject(error);
      // A write that the store refuses must not take others with it.
      else for (const each of batch) await this.#store([each]);
    }
  }

  /** Repeats until no other writer takes the places first: whenever one does, its anchor is stored. */
  async #place(batch: readonly Waiting[]): Promise<readonly Signed[]> {
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0) await backOff(attempt, batch.length);
      const head = this.#head ?? (await this.#readHead());
      const { signed, writes, next } = await this.#sign(batch, head);
      if (signed.length === 0) return [];
      try {
        const commit = batch[0]?.options.commit;
        await (commit
          ? commit.pending.commit(writes, commit.dependsOn)
          : this.deployment.store.commit(writes));
        this.#head = next;
        return signed;
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'TRAIL_FORK')) throw error;
        this.#head = undefined;
      }
    }
  }

  async #readHead(): Promise<Head> {
    const last = await this.deployment.store.trailHead(this.trailId);
    if (!last) return EMPTY;
    const at = timestampToMillis(readAnchor(last.text)?.timestamp ?? '');
    return { sequence: last.sequence, hash: last.hash, at: Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at };
  }

  /** Signs a batch after a head. An anchor that cannot be signed is rejected alone. */
  async #sign(batch: readonly Waiting[], head: Head) {
    const signed: Signed[] = [];
    const writes: StoreWrite[] = [];
    let next = head;
    for (const waiting of batch) {
      const { draft, options } = waiting;
      try {
        const place = { id: this.trailId, sequence: next.sequence + 1, previous: next.hash };
        const reads = options.reads ?? new ReadSet(this.deployment);
        const by = await signerFor(reads, draft);
        const { anchor, text } = await signAnchor(
          this.deployment,
          by.adapt(draft, place),
          by.evidence,
          by.authority,
          next.at,
        );
        const { sequence, previous: previousHash } = place;
        const hash = linkHash(previousHash, text);
        const { id: anchorId, agentId } = anchor;
        const entry = { trailId: this.trailId, sequence, previousHash, hash, anchorId, agentId, text };
        const closesIntent = options.closesIntent?.invocationId;
        writes.push({ op: 'append_anchor', entry, ...(closesIntent !== undefined && { closesIntent }) });
        if (options.with) writes.push(...options.with);
        signed.push({ waiting, anchor });
        next = { sequence, hash, at: timestampToMillis(anchor.timestamp) };
      } catch (error) {
        waiting.reject(error);
      }
    }
    return { signed, writes, next };
  }
}

/**
 * Waits before the next attempt. The writer that took the place knows the new head and can go on without a conflict, so
 * the others leave it some time: of many that sign at once, all but one sign in vain.
 */
const backOff = (attempt: number, anchors: number): Promise<void> => {
  const longest = Math.min(LONGEST_WAIT, (2 + anchors) * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
};

/** Whether the store itself failed, so that it would fail for each anchor alone. */
const isStoreFailure = (error: unknown): boolean =>
  error instanceof StoreError && error.code !== 'STORE_CONFLICT' && error.code !== 'TRAIL_FORK';
