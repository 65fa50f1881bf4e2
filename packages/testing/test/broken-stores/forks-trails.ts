import { randomUUID } from 'node:crypto';
import { StoreError } from '@kaizen-eatp/core/errors';
import {
  type AppendAnchor,
  expectWrites,
  linkHash,
  type StoreWrite,
  TRAIL_START,
  type TrailEntry,
} from '@kaizen-eatp/core/store';
import { ForwardingStore } from '@kaizen-eatp/testing';

/** Reads the head, looks whether the entry follows it, and some time later inserts, with nothing to hold the place. */
export class ForksTrails extends ForwardingStore {
  readonly #inserted = new Map<string, TrailEntry[]>();

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    expectWrites(writes);
    const heads = new Map<string, TrailEntry | undefined>();
    const placed: TrailEntry[] = [];
    for (const write of writes) {
      if (write.op !== 'append_anchor') continue;
      const { trailId } = write.entry;
      const entry = expectToFollow(write.entry, heads.get(trailId) ?? this.#inserted.get(trailId)?.at(-1));
      heads.set(trailId, entry);
      placed.push(entry);
    }
    // An anchor alone closes an intent, so it goes where the inner store takes it without being read from there.
    await super.commit(writes.map((write) => (write.op === 'append_anchor' ? elsewhere(write) : write)));
    await new Promise((resolve) => setImmediate(resolve));
    for (const entry of placed) {
      const trail = this.#inserted.get(entry.trailId) ?? [];
      this.#inserted.set(
        entry.trailId,
        [...trail, entry].sort((a, b) => a.sequence - b.sequence),
      );
    }
  }

  override async trailHead(trailId: string) {
    return this.#inserted.get(trailId)?.at(-1);
  }

  override async readTrail(trailId: string, { afterSequence = 0, limit = Number.POSITIVE_INFINITY } = {}) {
    const trail = this.#inserted.get(trailId) ?? [];
    return trail.filter((entry) => entry.sequence > afterSequence).slice(0, limit);
  }
}

function expectToFollow(entry: TrailEntry, head: TrailEntry | undefined): TrailEntry {
  const follows =
    entry.sequence === (head?.sequence ?? 0) + 1 && entry.previousHash === (head?.hash ?? TRAIL_START);
  if (follows) return entry;
  throw new StoreError('TRAIL_FORK', 'The entry does not follow the head', {
    remedy: 'Read the head again.',
  });
}

/** A trail without other entries, which is never read. */
function elsewhere(write: AppendAnchor): StoreWrite {
  const start = { trailId: randomUUID(), sequence: 1, previousHash: TRAIL_START };
  return { ...write, entry: { ...write.entry, ...start, hash: linkHash(TRAIL_START, write.entry.text) } };
}
