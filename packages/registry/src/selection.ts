import type { CapabilityIndex } from './capability-index.js';
import type { RegisteredAgent } from './registered-agent.js';

/**
 * The choice among several capable agents: the `first` that was registered, each in turn (`round_robin`), or the one
 * with the least load, the first of several (`least_loaded`).
 */
export const SELECTIONS = ['first', 'round_robin', 'least_loaded'] as const;

export type Selection = (typeof SELECTIONS)[number];

type Indexes = readonly CapabilityIndex<RegisteredAgent>[];

const MAX_TURNS = 10_000;

/** Goes through the agents that cover an action, one at a time, in the order of a selection. */
export class Selector {
  /** Whose turn it was last, by capability. */
  readonly #turns = new Map<string, RegisteredAgent>();

  /** Each agent at most once. The index may change between two of them. */
  *candidates(indexes: Indexes, capability: string, selection: Selection): Generator<RegisteredAgent, void> {
    if (selection === 'round_robin') yield* this.inTurn(indexes, capability);
    else yield* inOrder(indexes, capability, selection === 'first' ? 'registration' : 'load');
  }

  /**
   * Goes through all agents that cover an action, for a caller that takes them all. In turn, the list begins with the
   * agent whose turn it is, which is the only one to have had its turn afterwards.
   */
  *all(indexes: Indexes, capability: string, selection: Selection): Generator<RegisteredAgent, void> {
    let first: RegisteredAgent | undefined;
    for (const agent of this.candidates(indexes, capability, selection)) {
      first ??= agent;
      yield agent;
    }
    if (selection !== 'round_robin') return;
    if (first) this.take(capability, first);
  }

  private *inTurn(indexes: Indexes, capability: string): Generator<RegisteredAgent, void> {
    const last = this.#turns.get(capability);
    for (const agent of inOrder(indexes, capability, 'registration', last))
      yield this.take(capability, agent);
    if (!last) return;
    for (const agent of inOrder(indexes, capability, 'registration')) {
      if (agent.sequence > last.sequence) return;
      yield this.take(capability, agent);
    }
  }

  /** The turn is taken before the agent is verified, so that searches at the same time find different ones. */
  private take(capability: string, agent: RegisteredAgent): RegisteredAgent {
    if (!this.#turns.has(capability) && this.#turns.size >= MAX_TURNS) {
      this.#turns.delete(this.#turns.keys().next().value as string);
    }
    this.#turns.set(capability, agent);
    return agent;
  }
}

function* inOrder(
  indexes: Indexes,
  capability: string,
  order: 'registration' | 'load',
  start?: RegisteredAgent,
): Generator<RegisteredAgent, void> {
  let after: { sequence: number; load: number } | undefined = start;
  // An agent whose load grows while others are verified would come a second time.
  const seen = new Set<RegisteredAgent>();
  for (;;) {
    const found = indexes
      .map((index) => index.next(capability, order, after))
      .filter((agent) => agent !== undefined)
      .sort((a, b) => (order === 'load' ? a.load - b.load : 0) || a.sequence - b.sequence)[0];
    if (!found) return;
    after = { sequence: found.sequence, load: found.load };
    if (seen.has(found)) continue;
    seen.add(found);
    yield found;
  }
}
