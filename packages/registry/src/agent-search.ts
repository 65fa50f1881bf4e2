import type { TrustOperations } from '@kaizen-eatp/core';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import type { CapabilityIndex } from './capability-index.js';
import type { ChainFollower } from './chain-follower.js';
import type { HealthWatch } from './health-watch.js';
import {
  expectCapability,
  type FindOptions,
  findOptions,
  type TrustAwareAgentRegistryOptions,
} from './options.js';
import type { RegisteredAgent } from './registered-agent.js';
import type { Selection } from './selection.js';

/** The parts of a registry that a search needs. */
interface SearchParts {
  readonly trust: TrustOperations;
  readonly options: TrustAwareAgentRegistryOptions;
  /** The agents that are found always. */
  readonly trusted: CapabilityIndex<RegisteredAgent>;
  /** The agents that are found only where trust is not required. */
  readonly lapsed: CapabilityIndex<RegisteredAgent>;
  readonly health: HealthWatch;
  readonly chains: ChainFollower;
}

/** A search in progress. */
export interface Search {
  readonly capability: string;
  readonly requireTrust: boolean;
  readonly selection: Selection;
  readonly indexes: readonly CapabilityIndex<RegisteredAgent>[];
  /** The number of agents that were looked at so far. */
  lookedAt: number;
}

/** Searches the agents of a registry, and verifies each one immediately before it is found. */
export class AgentSearch {
  constructor(private readonly parts: SearchParts) {}

  /** Begins a search once the registry knows all changes to chains. @throws InvalidArgumentError. */
  async begin(capability: string, given: FindOptions): Promise<Search> {
    const { options, trusted, lapsed, health, chains } = this.parts;
    expectCapability(capability);
    const { requireTrust = true, selection = options.selection ?? 'first' } = parseOptions(
      findOptions,
      given,
      'a search for agents',
    );
    await chains.caughtUp();
    health.sweep();
    const indexes = requireTrust ? [trusted] : [trusted, lapsed];
    return { capability, requireTrust, selection, indexes, lookedAt: 0 };
  }

  /** Whether a candidate may exercise the capability. */
  async isFound(search: Search, entry: RegisteredAgent): Promise<boolean> {
    search.lookedAt += 1;
    const isCapable = !search.requireTrust || (await this.#verify(entry, search.capability));
    // Meanwhile the agent may have become stale, or have been deregistered.
    return isCapable && entry.isIndexed;
  }

  async #verify(entry: RegisteredAgent, capability: string): Promise<boolean> {
    const { trust, options, chains } = this.parts;
    const { id: agentId } = entry.agent;
    const level = options.verificationLevel ?? 'standard';
    const { valid, denial } = await trust.verify({ agentId, action: capability, level });
    // An agent that is not trusted any more need not be looked at the next time.
    if (denial?.code === 'EXPIRED' || denial?.code === 'REVOKED' || denial?.code === 'NO_CHAIN')
      chains.follow(entry);
    return valid;
  }
}
