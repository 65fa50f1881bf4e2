import { type AuditAnchor, auditAnchorCodec } from '../../chain/index.js';
import {
  linkHash,
  type StoreWrite,
  TRAIL_START,
  type TrailEntry,
  type TrailHead,
} from '../../store/index.js';
import { timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { type AnchorDraft, type SignedAnchor, signAnchor } from './anchor.js';
import { keepTrying } from './keep-trying.js';
import { signerFor } from './trail-signer.js';
import type { AppendOptions, ClosedIntent, DeferringCommitter, TrailWriter } from './trail-writer.js';
import { unrecorded } from './unrecorded.js';

interface Waiting {
  readonly draft: AnchorDraft;
  readonly options: AppendOptions;
  resolve(anchor: AuditAnchor): void;
  reject(error: unknown): void;
}

/** Anchors that are signed for their places, and the writes that store them. */
interface Signed {
  readonly anchors: readonly SignedAnchor[];
  readonly writes: readonly StoreWrite[];
  readonly head: TrailHead;
}

/**
 * The trail of one run: one writer, every anchor signed together with its place `(run, sequence, previous hash)`.
 * Anchors that wait at the same time are stored together. Once a write has failed, every further append fails with
 * the same error, since what follows could not be linked; what was done by then is recorded in the background.
 */
export class RunTrail implements TrailWriter {
  /** The anchors that are stored, oldest first. */
  readonly anchors: AuditAnchor[] = [];
  readonly #waiting: Waiting[] = [];
  #head: TrailHead = EMPTY;
  /** The time of the last anchor, in milliseconds since the epoch. */
  #latest = Number.NEGATIVE_INFINITY;
  #isWriting = false;
  #broken: { error: unknown } | undefined;
  /** The anchors that could not be stored yet, in their order. */
  readonly #late: Pick<Waiting, 'draft' | 'options'>[] = [];
  /** Where the trail ends if the last write was applied, whatever its answer was. */
  #lateHead: TrailHead | undefined;
  #isRetrying = false;

  constructor(
    private readonly deployment: Deployment,
    /** The id of the trail, which is that of the run. */
    readonly trailId: string,
    private readonly onStored: (anchor: AuditAnchor) => void = () => undefined,
    /** The committer of a durable run, which continues from the store after a failed write. */
    private readonly journal?: DeferringCommitter,
  ) {}

  /** Continues behind what is stored. */
  resume(entries: readonly TrailEntry[]): void {
    for (const { text } of entries) this.anchors.push(auditAnchorCodec.decodeText(text));
    const last = entries.at(-1);
    const latest = this.anchors.at(-1);
    if (latest) this.#latest = timestampToMillis(latest.timestamp);
    if (last) this.#head = { sequence: last.sequence, hash: last.hash };
  }

  /** The number of anchors in the trail, including those that are not stored yet. */
  get length(): number {
    return this.#head.sequence + this.#late.length;
  }

  /** Why nothing more can be appended, if a write has failed. */
  get failure(): unknown {
    return this.#broken?.error;
  }

  now(): number {
    return Math.max(this.deployment.now(), this.#latest);
  }

  /** Signs an anchor and appends it. Resolves when it is stored. */
  append(draft: AnchorDraft, options: AppendOptions = {}): Promise<AuditAnchor> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draft, options, resolve, reject });
      if (!this.#isWriting) void this.#drain();
    });
  }

  /** Appends after a failure, in the background, as soon as the store works again. */
  appendLate(draft: AnchorDraft, options: AppendOptions): void {
    this.#late.push({ draft, options });
    this.#retry();
  }

  async #drain(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        if (this.#broken) throw this.#broken.error;
        const anchors = await this.#write(batch);
        for (let i = 0; i < batch.length; i++) batch[i]?.resolve(anchors[i] as AuditAnchor);
      } catch (error) {
        this.#fail(batch, error);
      }
    }
    this.#isWriting = false;
  }

  #fail(batch: readonly Waiting[], error: unknown): void {
    this.#broken ??= { error };
    for (const { draft, options, reject } of batch) {
      const { closesIntent } = options;
      if (!options.nowOrNever) this.#late.push({ draft, options });
      const { outcome, ...intent } = closesIntent ?? {};
      reject(outcome ? unrecorded({ ...(intent as ClosedIntent), outcome }, error) : error);
    }
    this.#retry();
  }

  #retry(): void {
    if (this.#isRetrying || this.journal) return;
    this.#isRetrying = true;
    keepTrying(() => this.#writeLate());
  }

  async #write(batch: readonly Waiting[]): Promise<AuditAnchor[]> {
    const signed = await this.#sign(batch);
    this.#lateHead = signed.head;
    if (this.journal && batch.every(({ options }) => options.isDeferrable)) {
      this.journal.defer(signed.writes);
      return this.#adopted(signed);
    }
    const through = batch.filter(({ options }) => options.commit);
    const committer = through[0]?.options.commit?.pending ?? this.journal ?? this.deployment.store;
    await committer.commit(signed.writes, dependencies(through));
    return this.#adopted(signed);
  }

  #adopted({ anchors, head }: Signed): AuditAnchor[] {
    this.#head = head;
    for (const { anchor } of anchors) this.anchors.push(anchor);
    for (const { anchor } of anchors) this.onStored(anchor);
    return anchors.map(({ anchor }) => anchor);
  }

  async #sign(batch: readonly Pick<Waiting, 'draft' | 'options'>[]): Promise<Signed> {
    const { deployment, trailId } = this;
    const writes: StoreWrite[] = [];
    const anchors: SignedAnchor[] = [];
    let { sequence, hash } = this.#head;
    let parentAnchorId = this.anchors.at(-1)?.id ?? null;
    let latest = this.#latest;
    for (const { draft, options } of batch) {
      const signer = signerFor(options.reads ?? new ReadSet(deployment), draft);
      const by = signer instanceof Promise ? await signer : signer;
      const place = { id: trailId, sequence: sequence + 1, previous: hash };
      const adapted = by.adapt({ parentAnchorId, ...draft }, place);
      const signing = signAnchor(deployment, adapted, by.evidence, by.authority, latest);
      const signed = signing instanceof Promise ? await signing : signing;
      const { anchor, text } = signed;
      parentAnchorId = anchor.id;
      latest = timestampToMillis(anchor.timestamp);
      const previousHash = hash;
      sequence += 1;
      hash = linkHash(previousHash, text);
      const { id: anchorId, agentId } = anchor;
      const entry = { trailId, sequence, previousHash, hash, anchorId, agentId, text };
      const closesIntent = options.closesIntent?.invocationId;
      writes.push({ op: 'append_anchor', entry, ...(closesIntent !== undefined && { closesIntent }) });
      if (options.with) writes.push(...options.with);
      anchors.push(signed);
    }
    // The write can be applied even if the store reports a failure.
    this.#latest = latest;
    return { anchors, writes, head: { sequence, hash } };
  }

  /**
   * Stores what failed before. Where another process has written to the trail meanwhile, recover() has closed the intents
   * of this run, and a second record of their outcomes would contradict the first.
   */
  async #writeLate(): Promise<void> {
    const head = (await this.deployment.store.trailHead(this.trailId)) ?? EMPTY;
    if (head.hash === this.#lateHead?.hash) this.#adopt(head);
    else if (head.hash !== this.#head.hash) this.#late.splice(0);
    while (this.#late.length > 0) {
      const batch = [...this.#late];
      const { writes, head: next } = await this.#sign(batch.map(withFreshReads));
      this.#lateHead = next;
      const pending = batch.find(({ options }) => options.commit)?.options.commit?.pending;
      await (pending ?? this.deployment.store).commit(writes);
      this.#head = next;
      this.#late.splice(0, batch.length);
    }
    this.#isRetrying = false;
  }

  /** Treats the last write as stored: it was applied although the call reported an error. */
  #adopt(head: TrailHead): void {
    const applied = head.sequence - this.#head.sequence;
    this.#head = head;
    this.#late.splice(0, applied);
  }
}

const EMPTY: TrailHead = { sequence: 0, hash: TRAIL_START };

/** Drops what was read for the first attempt, since it can have changed. */
const withFreshReads = ({ draft, options }: Pick<Waiting, 'draft' | 'options'>) => {
  const { reads: _stale, ...rest } = options;
  return { draft, options: rest };
};

/** The delegations that a batch depends on; undefined, which means all, if one of its anchors depends on all. */
function dependencies(batch: readonly Waiting[]): readonly string[] | undefined {
  if (batch.some(({ options }) => options.commit?.dependsOn === undefined)) return undefined;
  return batch.flatMap(({ options }) => options.commit?.dependsOn ?? []);
}
