import { sortByCodePoint } from '../../wire/index.js';
import { expectNextEntry } from '../contract/conflicts.js';
import type { AppendAnchor } from '../contract/store-write.js';
import type { TrailEntry } from '../contract/stored-records.js';
import type { Batch } from './batch.js';

/** Trails by id. */
export class Trails {
  readonly #trails = new Map<string, TrailEntry[]>();

  /** Returns the last entry of a trail. */
  head(trailId: string): TrailEntry | undefined {
    return this.#trails.get(trailId)?.at(-1);
  }

  /** Returns a page of a trail. */
  read(trailId: string, afterSequence: number, limit: number): TrailEntry[] {
    return (this.#trails.get(trailId) ?? []).slice(afterSequence, afterSequence + limit);
  }

  /** The number of entries of a trail. */
  length(trailId: string): number {
    return this.#trails.get(trailId)?.length ?? 0;
  }

  /** All entries, trail by trail, in the order of the trails' ids. */
  all(): TrailEntry[] {
    return sortByCodePoint([...this.#trails.keys()]).flatMap((id) => this.#trails.get(id) as TrailEntry[]);
  }

  /** The last entry of each trail, in the order of the trails' ids. */
  heads(): TrailEntry[] {
    return sortByCodePoint([...this.#trails.keys()]).flatMap((id) => this.head(id) ?? []);
  }

  /** Checks that an anchor follows the head of its trail. */
  check({ entry }: AppendAnchor, batch: Batch): void {
    expectNextEntry(entry, batch.heads.get(entry.trailId) ?? this.head(entry.trailId));
    batch.heads.set(entry.trailId, entry);
  }

  /** Appends an entry. */
  append(entry: TrailEntry): void {
    const trail = this.#trails.get(entry.trailId);
    if (trail) trail.push(entry);
    else this.#trails.set(entry.trailId, [entry]);
  }

  /** Removes a trail. */
  drop(trailId: string): void {
    this.#trails.delete(trailId);
  }
}
