import { type Candidate, CandidateBucket, compareIn, type Order } from './candidate-bucket.js';

interface Place<C extends Candidate> {
  readonly buckets: Map<string, CandidateBucket<C>>;
  readonly key: string;
}

/**
 * Finds the agents whose capabilities cover an action, looking only at those. A capability with a star is kept by the
 * text before and after it, so an action is looked up by its own beginnings and ends; how many agents there are does
 * not matter. Agrees with core's `capabilityCovers` in every case.
 */
export class CapabilityIndex<C extends Candidate> {
  readonly #exact = new Map<string, CandidateBucket<C>>();
  readonly #prefixes = new Map<string, CandidateBucket<C>>();
  readonly #suffixes = new Map<string, CandidateBucket<C>>();
  readonly #infixes = new Map<string, Map<string, CandidateBucket<C>>>();
  /** The length of the longest capability ever held here; no longer part of an action need be looked up. */
  #longest = 0;

  add(candidate: C, capabilities: readonly string[]): void {
    for (const capability of new Set(capabilities)) {
      this.#longest = Math.max(this.#longest, capability.length);
      for (const { buckets, key } of this.placesOf(capability)) {
        const bucket = buckets.get(key) ?? new CandidateBucket<C>();
        buckets.set(key, bucket);
        bucket.add(candidate);
      }
    }
  }

  /** With the capabilities, and at the load, with which it was added. */
  delete(candidate: C, capabilities: readonly string[]): void {
    for (const capability of new Set(capabilities)) {
      for (const { buckets, key } of this.placesOf(capability)) {
        const bucket = buckets.get(key);
        bucket?.delete(candidate);
        if (bucket?.isEmpty) buckets.delete(key);
      }
      this.dropEmptyInfixes(capability);
    }
  }

  /** The first candidate that covers an action, in an order and after a place in it. */
  next(action: string, order: Order, after?: Candidate): C | undefined {
    let best: C | undefined;
    for (const bucket of this.bucketsFor(action)) {
      const candidate = bucket.next(order, after);
      if (candidate && (!best || compareIn(order, candidate, best) < 0)) best = candidate;
    }
    return best;
  }

  private *bucketsFor(action: string): Iterable<CandidateBucket<C>> {
    const exact = this.#exact.get(action);
    if (exact) yield exact;
    const longest = Math.min(action.length, this.#longest);
    for (let length = 0; length <= longest; length++) {
      const beginning = action.slice(0, length);
      const prefix = this.#prefixes.get(beginning);
      if (prefix) yield prefix;
      const suffix = this.#suffixes.get(endOf(action, length));
      if (suffix) yield suffix;
      const infixes = this.#infixes.get(beginning);
      // The beginning and the end may overlap, as they may in the reference.
      for (let rest = 0; infixes && rest <= longest; rest++) {
        const infix = infixes.get(endOf(action, rest));
        if (infix) yield infix;
      }
    }
  }

  /** A capability covers its own text, and what its star stands for. */
  private placesOf(capability: string): Place<C>[] {
    const exact = { buckets: this.#exact, key: capability };
    if (!capability.includes('*')) return [exact];
    if (capability.endsWith('*')) return [exact, { buckets: this.#prefixes, key: capability.slice(0, -1) }];
    if (capability.startsWith('*')) return [exact, { buckets: this.#suffixes, key: capability.slice(1) }];
    const [before, after, more] = capability.split('*') as [string, string, string?];
    if (more !== undefined) return [exact];
    const buckets = this.#infixes.get(before) ?? new Map<string, CandidateBucket<C>>();
    this.#infixes.set(before, buckets);
    return [exact, { buckets, key: after }];
  }

  private dropEmptyInfixes(capability: string): void {
    const before = capability.slice(0, Math.max(capability.indexOf('*'), 0));
    if (this.#infixes.get(before)?.size === 0) this.#infixes.delete(before);
  }
}

const endOf = (text: string, length: number): string => text.slice(text.length - length);
