import { systemClock, TrustedAgent, type TrustOperations } from '@kaizen-eatp/core';
import { AgentRegistryError, describe } from '@kaizen-eatp/core/errors';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import { AgentSearch } from './agent-search.js';
import { CapabilityIndex } from './capability-index.js';
import { ChainFollower } from './chain-follower.js';
import { HealthWatch } from './health-watch.js';
import {
  expectEventType,
  expectListener,
  expectTrust,
  expectTrustedAgent,
  type FindOptions,
  type HeartbeatOptions,
  heartbeatOptions,
  parseRegistration,
  type RegisterOptions,
  registryOptions,
  type TrustAwareAgentRegistryOptions,
} from './options.js';
import { type AgentHealthReport, RegisteredAgent } from './registered-agent.js';
import {
  EVENT_TYPES,
  type RegistryEvent,
  RegistryEvents,
  type RegistryEventType,
} from './registry-events.js';
import { Selector } from './selection.js';
import { type TrustStatus, trustStatusOf } from './trust-status.js';

/**
 * Finds agents by what their trust chains let them do. An agent is verified immediately before it is found, unless the
 * caller does not require trust. Finding looks only at agents that hold the capability.
 *
 * Registering gives no rights, and deregistering takes none: only `TrustOperations` change chains, and the registry
 * follows all changes, those of other processes too.
 */
export class TrustAwareAgentRegistry {
  readonly #trust: TrustOperations;
  readonly #options: TrustAwareAgentRegistryOptions;
  readonly #agents = new Map<string, RegisteredAgent>();
  readonly #trusted = new CapabilityIndex<RegisteredAgent>();
  /** Agents with a chain that has expired: looked at only where trust is not required. */
  readonly #lapsed = new CapabilityIndex<RegisteredAgent>();
  readonly #events = new RegistryEvents();
  readonly #selector = new Selector();
  readonly #health: HealthWatch;
  readonly #chains: ChainFollower;
  readonly #search: AgentSearch;
  #sequence = 0;

  /**
   * @param trust - the operations that establish the agents.
   * @throws InvalidArgumentError.
   */
  constructor(trust: TrustOperations, options: TrustAwareAgentRegistryOptions = {}) {
    this.#trust = expectTrust(trust);
    this.#options = parseOptions(registryOptions, options, 'an agent registry');
    const { clock = systemClock, staleAfter = Number.POSITIVE_INFINITY } = this.#options;
    this.#health = new HealthWatch(clock, staleAfter, (entry) => {
      this.#place(entry);
      this.#events.emit({ type: 'health_changed', agentId: entry.agent.id, health: entry.health });
    });
    this.#chains = new ChainFollower(this.#trust, {
      find: (agentId) => this.#agents.get(agentId),
      read: (entry) => {
        if (!entry.isReady) return;
        this.#place(entry);
        this.#events.emit({
          type: 'trust_changed',
          agentId: entry.agent.id,
          status: trustStatusOf(entry.agent),
        });
      },
      failed: (entry, error) => {
        entry.moveTo(undefined);
        this.#events.emit({ type: 'trust_unknown', agentId: entry.agent.id, error });
      },
    });
    this.#search = new AgentSearch({
      trust: this.#trust,
      options: this.#options,
      trusted: this.#trusted,
      lapsed: this.#lapsed,
      health: this.#health,
      chains: this.#chains,
    });
  }

  /** In the order of registration. */
  get agents(): readonly TrustedAgent[] {
    return [...this.#agents.values()].map((entry) => entry.agent);
  }

  get size(): number {
    return this.#agents.size;
  }

  get(agentId: string): TrustedAgent | undefined {
    return this.#agents.get(agentId)?.agent;
  }

  /**
   * Takes an agent in, and establishes its trust if an authority is named.
   *
   * @returns the agent's id.
   * @throws AgentRegistryError `AGENT_ALREADY_REGISTERED`, InvalidArgumentError, StoreError, and what
   * `TrustedAgent.establishTrust` throws. The agent is not registered then.
   */
  async register(agent: TrustedAgent, options: RegisterOptions = {}): Promise<string> {
    expectTrustedAgent(agent, this.#trust);
    const { authorityId, capabilities = [], constraints = [] } = parseRegistration(agent.id, options);
    if (this.#agents.has(agent.id)) throw new AgentRegistryError('AGENT_ALREADY_REGISTERED', agent.id);
    this.#sequence += 1;
    const entry = new RegisteredAgent(agent, this.#sequence, 0);
    // Held before anything is awaited, so that no change to the chain is missed.
    this.#agents.set(agent.id, entry);
    try {
      if (authorityId !== undefined) await agent.establishTrust({ authorityId, capabilities, constraints });
      else await agent.refresh();
      await this.#chains.caughtUp(entry);
      if (this.#agents.get(agent.id) !== entry) return agent.id;
      entry.isReady = true;
      this.#health.seen(entry);
    } catch (error) {
      this.#forget(entry);
      throw error;
    }
    this.#place(entry);
    this.#events.emit({ type: 'registered', agentId: agent.id, status: trustStatusOf(agent) });
    return agent.id;
  }

  /** The agent is not found any more; its trust stays as it is. @throws AgentRegistryError `AGENT_NOT_REGISTERED`. */
  deregister(agent: string | TrustedAgent): void {
    const entry = this.#entry(agent);
    this.#forget(entry);
    this.#events.emit({ type: 'deregistered', agentId: entry.agent.id });
  }

  /**
   * Finds an agent that may exercise a capability and is neither unhealthy nor stale.
   *
   * @returns undefined if there is none.
   * @throws InvalidArgumentError.
   */
  async findCapableAgent(capability: string, options: FindOptions = {}): Promise<TrustedAgent | undefined> {
    const search = await this.#search.begin(capability, options);
    const { selection, indexes } = search;
    for (const entry of this.#selector.candidates(indexes, capability, selection)) {
      if (!(await this.#search.isFound(search, entry))) continue;
      const agentId = entry.agent.id;
      this.#events.emit({ type: 'selected', agentId, capability, selection, lookedAt: search.lookedAt });
      return entry.agent;
    }
    this.#events.emit({ type: 'not_found', capability, selection, lookedAt: search.lookedAt });
    return undefined;
  }

  /**
   * Finds all agents that may exercise a capability and are neither unhealthy nor stale, in the order of the selection.
   *
   * @throws InvalidArgumentError.
   */
  async findCapableAgents(capability: string, options: FindOptions = {}): Promise<readonly TrustedAgent[]> {
    const search = await this.#search.begin(capability, options);
    const { selection, indexes } = search;
    const agents: TrustedAgent[] = [];
    for (const entry of this.#selector.all(indexes, capability, selection))
      if (await this.#search.isFound(search, entry)) agents.push(entry.agent);
    const { lookedAt } = search;
    if (agents.length === 0) this.#events.emit({ type: 'not_found', capability, selection, lookedAt });
    else {
      const agentIds = agents.map(({ id }) => id);
      this.#events.emit({ type: 'listed', agentIds, capability, selection, lookedAt });
    }
    return agents;
  }

  /** The trust of every registered agent, by id. */
  async getTrustStatus(): Promise<Readonly<Record<string, TrustStatus>>> {
    await this.#chains.caughtUp();
    return Object.fromEntries(
      [...this.#agents].map(([agentId, { agent }]) => [agentId, trustStatusOf(agent)]),
    );
  }

  /** @throws AgentRegistryError `AGENT_NOT_REGISTERED`. */
  getHealth(agent: string | TrustedAgent): AgentHealthReport {
    const entry = this.#entry(agent);
    this.#health.sweep();
    return { health: entry.health, lastSeen: entry.lastSeen, load: entry.load };
  }

  /**
   * Says that an agent is there, and how it is. One that was stale is found again.
   *
   * @throws AgentRegistryError `AGENT_NOT_REGISTERED`, InvalidArgumentError.
   */
  heartbeat(agent: string | TrustedAgent, options: HeartbeatOptions = {}): void {
    const entry = this.#entry(agent);
    const { load, healthy = true } = parseOptions(heartbeatOptions, options, 'heartbeat()');
    this.#health.sweep();
    this.#health.seen(entry, healthy ? 'healthy' : 'unhealthy');
    if (load !== undefined) entry.report(load);
    if (!entry.isIndexed && healthy) this.#chains.follow(entry);
  }

  /**
   * Counts one more piece of work for an agent, for `least_loaded`.
   *
   * @returns what ends it; only the first call counts.
   * @throws AgentRegistryError `AGENT_NOT_REGISTERED`.
   */
  acquire(agent: string | TrustedAgent): () => void {
    return this.#entry(agent).acquire();
  }

  /** Calls back on what happens. @returns what ends it. @throws InvalidArgumentError. */
  on<Type extends RegistryEventType>(
    type: Type,
    listener: (event: Extract<RegistryEvent, { type: Type }>) => void,
  ): () => void {
    return this.#events.on(expectEventType(type, EVENT_TYPES) as Type, expectListener(listener));
  }

  /** Stops following chains. The registry is of no use afterwards. */
  close(): void {
    this.#chains.close();
  }

  /** Puts an agent where it belongs now: found always, found only where trust is not required, or not found. */
  #place(entry: RegisteredAgent): void {
    const isFound = entry.isReady && entry.health === 'healthy' && this.#agents.get(entry.agent.id) === entry;
    entry.moveTo(isFound ? (entry.agent.isTrusted ? this.#trusted : this.#lapsed) : undefined);
  }

  #forget(entry: RegisteredAgent): void {
    this.#agents.delete(entry.agent.id);
    this.#health.forget(entry);
    entry.moveTo(undefined);
  }

  #entry(agent: string | TrustedAgent): RegisteredAgent {
    const agentId: unknown = agent instanceof TrustedAgent ? agent.id : agent;
    const entry = typeof agentId === 'string' ? this.#agents.get(agentId) : undefined;
    if (!entry)
      throw new AgentRegistryError(
        'AGENT_NOT_REGISTERED',
        typeof agentId === 'string' ? agentId : describe(agentId),
      );
    return entry;
  }
}
