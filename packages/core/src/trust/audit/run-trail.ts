import type { AuditAnchor } from '../../chain/index.js';
import { linkHash, type StoreWrite, TRAIL_START } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import type { ParsedChain } from '../verify/parsed-records.js';
import { type AnchorDraft, type SignedAnchor, signAnchor } from './anchor.js';
import { signerFor } from './trail-signer.js';
import type { AppendOptions, TrailWriter } from './trail-writer.js';

interface Waiting {
  readonly draft: AnchorDraft;
  readonly options: AppendOptions;
  resolve(anchor: AuditAnchor): void;
  reject(error: unknown): void;
}

/**
 * The trail of one run: one writer, every anchor signed together with its place `(run, sequence, previous hash)`.
 * Anchors that wait at the same time are stored together. Once a write has failed nothing more is written, since
 * what follows could not be linked; every further append fails with the same error.
 */
export class RunTrail implements TrailWriter {
  readonly #waiting: Waiting[] = [];
  readonly anchors: AuditAnchor[] = [];
  readonly texts: string[] = [];
  /** The chains on whose strength the anchors were signed, the last anchor's last. */
  signers: readonly ParsedChain[] = [];
  #isWriting = false;
  #broken: { error: unknown } | undefined;
  #sequence = 0;
  #hash = TRAIL_START;

  constructor(
    private readonly deployment: Deployment,
    readonly trailId: string,
    private readonly onStored: (anchor: AuditAnchor) => void = () => undefined,
  ) {}

  get failure(): unknown {
    return this.#broken?.error;
  }

  append(draft: AnchorDraft, options: AppendOptions = {}): Promise<AuditAnchor> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draft, options, resolve, reject });
      if (!this.#isWriting) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        if (this.#broken) throw this.#broken.error;
        const anchors = await this.write(batch);
        for (const [i, { resolve }] of batch.entries()) resolve(anchors[i] as AuditAnchor);
      } catch (error) {
        this.#broken ??= { error };
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }

  private async write(batch: readonly Waiting[]): Promise<AuditAnchor[]> {
    const writes: StoreWrite[] = [];
    const signed: SignedAnchor[] = [];
    const signers: ParsedChain[] = [];
    let sequence = this.#sequence;
    let hash = this.#hash;
    let parentAnchorId = this.anchors.at(-1)?.id ?? null;
    for (const { draft, options } of batch) {
      const by = await signerFor(options.reads ?? new ReadSet(this.deployment), draft);
      const place = { id: this.trailId, sequence: sequence + 1, previous: hash };
      const anchor = await signAnchor(
        this.deployment,
        by.adapt({ parentAnchorId, ...draft }, place),
        by.evidence,
        by.authority,
      );
      parentAnchorId = anchor.anchor.id;
      const previousHash = hash;
      sequence += 1;
      hash = linkHash(previousHash, anchor.text);
      const { id: anchorId, agentId } = anchor.anchor;
      const entry = {
        trailId: this.trailId,
        sequence,
        previousHash,
        hash,
        anchorId,
        agentId,
        text: anchor.text,
      };
      const { closesIntent } = options;
      writes.push({ op: 'append_anchor', entry, ...(closesIntent !== undefined && { closesIntent }) });
      if (options.with) writes.push(...options.with);
      signed.push(anchor);
      signers.push(by.evidence);
    }
    await this.deployment.store.commit(writes);
    this.#sequence = sequence;
    this.#hash = hash;
    for (const { anchor, text } of signed) {
      this.anchors.push(anchor);
      this.texts.push(text);
    }
    const last = signers.at(-1) as ParsedChain;
    this.signers = [...new Set([...this.signers, ...signers])]
      .filter((signer) => signer !== last)
      .concat(last);
    for (const { anchor } of signed) this.onStored(anchor);
    return signed.map(({ anchor }) => anchor);
  }
}
