import { compareCodePoints } from '../../wire/index.js';
import { expectStoredVersion } from '../contract/conflicts.js';
import type { DeactivateChain, PutChain } from '../contract/store-write.js';
import type { EarlierChain, StoredChain } from '../contract/stored-records.js';
import type { Batch } from './batch.js';

/** The facts of a chain that only a dump uses. */
export interface ChainFacts {
  /** The authority that established the agent. */
  readonly authorityId: string | null;
  /** The time from which the chain is invalid. */
  readonly expiresAt: string | null;
  /** The time of the revocation. */
  readonly endedAt: string | null;
}

/** Chains by agent. */
export class ChainTable {
  readonly #chains = new Map<string, StoredChain>();
  readonly #facts = new Map<string, ChainFacts>();
  readonly #earlier = new Map<string, EarlierChain[]>();
  /** The agents in the order of their ids; undefined after one was added. */
  #sorted: readonly string[] | undefined = [];

  /** Returns the chain of an agent. */
  read(agentId: string): StoredChain | undefined {
    return this.#chains.get(agentId);
  }

  /** Returns a page of chains, by agent id. */
  list(afterAgentId: string, limit: number): StoredChain[] {
    const ids = this.sortedIds();
    let from = 0;
    for (let to = ids.length; from < to; ) {
      const middle = (from + to) >> 1;
      if (compareCodePoints(ids[middle] as string, afterAgentId) > 0) to = middle;
      else from = middle + 1;
    }
    return ids.slice(from, from + limit).map((id) => this.#chains.get(id) as StoredChain);
  }

  /** All chains, with the fields that a dump has for them, in the order of their ids. */
  rows(): (StoredChain & ChainFacts)[] {
    return this.sortedIds().map((id) => ({
      ...(this.#chains.get(id) as StoredChain),
      ...(this.#facts.get(id) as ChainFacts),
    }));
  }

  /** Checks that a chain can be put. */
  check({ agentId, ifVersion }: PutChain, batch: Batch): void {
    const what = `chain of ${agentId}`;
    batch.touch(what);
    const current = this.#chains.get(agentId);
    expectStoredVersion(what, current?.active ? current.version : null, ifVersion);
  }

  /** Stores a chain. */
  put({ agentId, text, authorityId, expiresAt }: PutChain, version: string): void {
    const before = this.#chains.get(agentId);
    if (!before) this.#sorted = undefined;
    else if (before.text !== text) this.addEarlier({ agentId, text: before.text });
    this.#chains.set(agentId, { agentId, text, version, active: true });
    this.#facts.set(agentId, { authorityId, expiresAt, endedAt: null });
  }

  /** Keeps a chain that an agent had before. */
  addEarlier(chain: EarlierChain): void {
    const known = this.#earlier.get(chain.agentId);
    if (known) known.push(chain);
    else this.#earlier.set(chain.agentId, [chain]);
  }

  /** The chains that an agent had before, oldest first. */
  earlier(agentId: string): readonly EarlierChain[] {
    return this.#earlier.get(agentId) ?? [];
  }

  /** The earlier chains of all agents, in the order of the agents' ids. */
  allEarlier(): EarlierChain[] {
    return [...this.#earlier.keys()].sort(compareCodePoints).flatMap((id) => this.earlier(id));
  }

  /** Marks a chain as revoked. */
  deactivate({ agentId, at }: Pick<DeactivateChain, 'agentId' | 'at'>, version: string): void {
    const chain = this.#chains.get(agentId);
    if (!chain) return;
    this.#chains.set(agentId, { ...chain, active: false, version });
    this.#facts.set(agentId, { ...(this.#facts.get(agentId) as ChainFacts), endedAt: at });
  }

  private sortedIds(): readonly string[] {
    this.#sorted ??= [...this.#chains.keys()].sort(compareCodePoints);
    return this.#sorted;
  }
}
