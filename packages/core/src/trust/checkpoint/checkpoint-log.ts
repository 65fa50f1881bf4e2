import type { AuditAnchor } from '../../chain/index.js';
import { CheckpointError } from '../../errors/index.js';
import {
  CHECKPOINT_TRAIL,
  linkHash,
  TRAIL_START,
  type TrailEntry,
  type TrustStore,
} from '../../store/index.js';
import { canonicalJson, type JsonObject, jsonMember, timestampToMillis } from '../../wire/index.js';
import { readAnchor } from '../audit/anchor.js';
import { type Leaf, type LeafKind, readLeaf, subjectOf } from './leaf.js';
import { MerkleTree } from './merkle-tree.js';

/** The action of the anchors in the trail of checkpoints. */
export const CHECKPOINT_ACTION = 'checkpoint';

/** A leaf, and its place in the log. */
export interface PlacedLeaf {
  /** The place, from 0. */
  readonly index: number;
  /** The content of the leaf. */
  readonly leaf: Leaf;
}

/** The leaves of a log, their tree, and what they say last about each record. */
export class LeafLog {
  /** The tree over the leaves. */
  readonly tree = new MerkleTree();
  /** The leaves, in their order. */
  readonly leaves: string[] = [];
  /** For each record its latest leaf. */
  readonly latest = new Map<string, PlacedLeaf>();

  /** The name of the log; undefined if it is empty. */
  get origin(): string | undefined {
    const leaf = readLeaf(this.leaves[0] ?? '');
    return leaf?.kind === 'log' ? leaf.id : undefined;
  }

  /** Returns the latest leaf about a record. */
  about<K extends LeafKind>(kind: K, id: string): Extract<Leaf, { kind: K }> | undefined {
    return this.latest.get(subjectOf({ kind, id }))?.leaf as Extract<Leaf, { kind: K }> | undefined;
  }

  /** Adds leaves. */
  append(texts: readonly string[]): void {
    for (const text of texts) {
      const leaf = readLeaf(text);
      if (leaf) this.latest.set(subjectOf(leaf), { index: this.leaves.length, leaf });
      this.leaves.push(text);
    }
    this.tree.append(texts);
  }

  /** The log as it was when it had some number of leaves. */
  before(size: number): LeafLog {
    return size === this.leaves.length ? this : logOf(this.leaves.slice(0, size));
  }

  /** The digests of all chains that the leaves name, by agent. */
  chainDigests(): Map<string, Set<string>> {
    const digests = new Map<string, Set<string>>();
    for (const text of this.leaves) {
      const leaf = text.includes('"kind":"chain"') ? readLeaf(text) : undefined;
      if (leaf?.kind !== 'chain') continue;
      digests.set(leaf.id, (digests.get(leaf.id) ?? new Set()).add(leaf.hash));
    }
    return digests;
  }
}

/** A log of leaves that a record of a checkpoint carries. */
export function logOf(leaves: readonly string[]): LeafLog {
  const log = new LeafLog();
  log.append(leaves);
  return log;
}

const PAGE = 100;

/** The log of checkpoints in a store, as far as it was read. */
export class CheckpointLog extends LeafLog {
  /** The last entry of the trail that was read. */
  head: Pick<TrailEntry, 'sequence' | 'hash'> = { sequence: 0, hash: TRAIL_START };
  /** The time of the last anchor, in milliseconds since the epoch. */
  at = Number.NEGATIVE_INFINITY;

  /**
   * Reads what was added since.
   *
   * @param onLeaves - is called after the leaves of each anchor were added.
   * @throws CheckpointError `CHECKPOINT_LOG_DAMAGED`, StoreError.
   */
  async readOn(
    store: TrustStore,
    onLeaves: (anchor: AuditAnchor, start: number) => Promise<void> | void = () => undefined,
  ): Promise<void> {
    for (;;) {
      const afterSequence = this.head.sequence;
      const page = await store.readTrail(CHECKPOINT_TRAIL, { afterSequence, limit: PAGE });
      for (const entry of page) {
        const start = this.leaves.length;
        await onLeaves(this.#take(entry), start);
      }
      if (page.length < PAGE) return;
    }
  }

  #take({ sequence, previousHash, hash, text }: TrailEntry): AuditAnchor {
    const isNext =
      sequence === this.head.sequence + 1 &&
      previousHash === this.head.hash &&
      linkHash(previousHash, text) === hash;
    const anchor = readAnchor(text);
    const part = jsonMember(anchor?.context ?? null, 'checkpoint') ?? null;
    const leaves = jsonMember(part, 'leaves');
    if (!isNext || !anchor || jsonMember(part, 'start') !== this.leaves.length || !Array.isArray(leaves))
      throw damaged(sequence);
    this.append(leaves.map((leaf) => canonicalJson(leaf)));
    this.head = { sequence, hash };
    this.at = timestampToMillis(anchor.timestamp);
    return anchor;
  }
}

/** The leaves of one anchor, as its context has them. @param start - the place of the first one. */
export const leavesContext = (start: number, leaves: readonly Leaf[]): JsonObject => ({
  checkpoint: { start, leaves: leaves as unknown as JsonObject[] },
});

const damaged = (sequence: number): CheckpointError =>
  new CheckpointError('CHECKPOINT_LOG_DAMAGED', 'The log of checkpoints in the store is damaged', {
    expected: `entry ${sequence} of the trail '${CHECKPOINT_TRAIL}' with the leaves that follow`,
    received: 'an entry that does not follow the one before it',
    remedy: 'Compare the store with the last checkpoint that you kept. Put a good copy of the store back.',
    evidence: { sequence },
  });
