import { SortedList } from './sorted-list.js';

/** The facts about an agent that the index needs. */
export interface Candidate {
  /** Its place in the order of registration. */
  readonly sequence: number;
  readonly load: number;
}

/** Whether a candidate comes before another for a way of selecting. */
export type Order = 'registration' | 'load';

const COMPARE: Record<Order, (a: Candidate, b: Candidate) => number> = {
  registration: (a, b) => a.sequence - b.sequence,
  load: (a, b) => a.load - b.load || a.sequence - b.sequence,
};

export const compareIn = (order: Order, a: Candidate, b: Candidate): number => COMPARE[order](a, b);

/** The agents that hold one and the same capability, in both orders in which agents are selected. */
export class CandidateBucket<C extends Candidate> {
  readonly #lists = {
    registration: new SortedList<C>(COMPARE.registration),
    load: new SortedList<C>(COMPARE.load),
  };

  get isEmpty(): boolean {
    return this.#lists.registration.size === 0;
  }

  add(candidate: C): void {
    this.#lists.registration.add(candidate);
    this.#lists.load.add(candidate);
  }

  delete(candidate: C): void {
    this.#lists.registration.delete(candidate);
    this.#lists.load.delete(candidate);
  }

  /** The first in an order after a place in it; without a place, the first of all. */
  next(order: Order, after?: Candidate): C | undefined {
    return this.#lists[order].firstWhere((candidate) => !after || compareIn(order, candidate, after) > 0);
  }
}
