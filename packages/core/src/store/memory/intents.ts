import { expectNewRecord, expectOpenIntent, notIntentOwner } from '../contract/conflicts.js';
import type { OpenIntent } from '../contract/store-write.js';
import type { Intent } from '../contract/stored-records.js';
import type { Batch } from './batch.js';
import { Index } from './index-of-ids.js';

/** Open intents. */
export class Intents {
  readonly #intents = new Map<string, Intent>();
  readonly #byTrail = new Index();
  readonly #retired = new Set<string>();

  /** The open intents, oldest first, of one trail or of all. */
  list(trailId?: string): Intent[] {
    if (trailId === undefined) return [...this.#intents.values()];
    return Array.from(this.#byTrail.get(trailId), (id) => this.#intents.get(id) as Intent);
  }

  /** Whether a trail has an intent without an outcome. */
  hasOpen(trailId: string): boolean {
    return this.#byTrail.get(trailId).size > 0;
  }

  /** Checks that an intent can be opened. */
  check({ intent: { invocationId, owner } }: OpenIntent, batch: Batch): void {
    if (this.#retired.has(owner)) throw notIntentOwner(owner);
    const what = `intent ${invocationId}`;
    batch.touch(what);
    expectNewRecord(what, !this.#intents.has(invocationId));
    batch.opened.add(invocationId);
  }

  /** Checks that an intent can be closed. */
  checkClosing(invocationId: string | undefined, batch: Batch): void {
    if (invocationId === undefined) return;
    const isKnown = this.#intents.has(invocationId) || batch.opened.has(invocationId);
    expectOpenIntent(invocationId, isKnown && !batch.closed.has(invocationId));
    batch.closed.add(invocationId);
  }

  /** Takes no further intent of an owner. */
  retire(owner: string): void {
    this.#retired.add(owner);
  }

  /** Stores an intent. */
  open(intent: Intent): void {
    this.#intents.set(intent.invocationId, intent);
    this.#byTrail.add(intent.trailId, intent.invocationId);
  }

  /** @returns the trail of the intent. */
  close(invocationId: string): string {
    const { trailId } = this.#intents.get(invocationId) as Intent;
    this.#intents.delete(invocationId);
    this.#byTrail.remove(trailId, invocationId);
    return trailId;
  }
}
