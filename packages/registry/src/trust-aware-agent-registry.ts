import {
  AgentRegistryError,
  type Clock,
  expectOptions,
  systemClock,
  type TrustedAgent,
  type TrustOperations,
  VERIFICATION_LEVELS,
  type VerificationLevel,
} from '@kaizen-eatp/core';
import { CapabilityIndex } from './capability-index.js';
import { ChainFollower } from './chain-follower.js';
import {
  checkCapability,
  checkFlag,
  checkListener,
  checkMethod,
  checkNumber,
  checkOneOf,
  checkRegistration,
  checkTrust,
  type RegisterOptions,
} from './check-options.js';
import { HealthWatch } from './health-watch.js';
import { type AgentHealthReport, RegisteredAgent } from './registered-agent.js';
import {
  EVENT_TYPES,
  type RegistryEvent,
  RegistryEvents,
  type RegistryEventType,
} from './registry-events.js';
import { checkSelection, type Selection, Selector } from './selection.js';
import { type TrustStatus, trustStatusOf } from './trust-status.js';

export interface TrustAwareAgentRegistryOptions {
  readonly trust: TrustOperations;
  /** An agent not heard of for longer is not found; in milliseconds. Default: never. */
  readonly staleAfter?: number;
  /** For staleness. Default: the system's. */
  readonly clock?: Clock;
  /** Default: `first`. */
  readonly selection?: Selection;
  /** At which an agent is verified before it is found. Default: `standard`, the plan's. */
  readonly verificationLevel?: VerificationLevel;
}

const OPTIONS = ['staleAfter', 'clock', 'selection', 'verificationLevel'];

export interface FindOptions {
  /** Whether the agent must verify for the capability, or only have it in its chain. Default: true. */
  readonly requireTrust?: boolean;
  /** Default: the registry's. */
  readonly selection?: Selection;
}

export interface HeartbeatOptions {
  /** How busy the agent is, in a unit of the caller's; from 0. Default: as before. */
  readonly load?: number;
  /** False: not to be found until it says otherwise. Default: true. */
  readonly healthy?: boolean;
}

/**
 * Finds agents by what their trust chains let them do (plan, "Trust-Aware Registry"). What is found was verified a
 * moment ago, unless the caller does without. Finding looks only at agents that hold the capability.
 *
 * Registering gives no rights, and deregistering takes none: chains are changed by `TrustOperations` only, and the
 * registry follows them, whoever changes them.
 */
export class TrustAwareAgentRegistry {
  readonly #options: TrustAwareAgentRegistryOptions;
  readonly #agents = new Map<string, RegisteredAgent>();
  readonly #trusted = new CapabilityIndex<RegisteredAgent>();
  /** Agents with a chain that has expired: looked at only by those who do without trust. */
  readonly #lapsed = new CapabilityIndex<RegisteredAgent>();
  readonly #events = new RegistryEvents();
  readonly #selector = new Selector();
  readonly #health: HealthWatch;
  readonly #chains: ChainFollower;
  #sequence = 0;

  /** @throws InvalidArgumentError. */
  constructor(options: TrustAwareAgentRegistryOptions) {
    checkTrust(options?.trust);
    expectOptions(options, 'an agent registry', ['trust', ...OPTIONS]);
    checkNumber('staleAfter', options.staleAfter);
    checkMethod('clock', options.clock, 'now');
    checkOneOf('verification level', options.verificationLevel ?? 'standard', VERIFICATION_LEVELS);
    checkSelection(options.selection ?? 'first');
    this.#options = options;
    const { trust, clock = systemClock, staleAfter = Number.POSITIVE_INFINITY } = options;
    this.#health = new HealthWatch(clock, staleAfter, (entry) => {
      this.#place(entry);
      this.#events.emit({ type: 'health_changed', agentId: entry.agent.id, health: entry.health });
    });
    this.#chains = new ChainFollower(trust, {
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
    expectOptions(options, 'a registration', ['authorityId', 'capabilities', 'constraints']);
    checkRegistration(agent, options);
    if (this.#agents.has(agent.id)) throw new AgentRegistryError('AGENT_ALREADY_REGISTERED', agent.id);
    this.#sequence += 1;
    const entry = new RegisteredAgent(agent, this.#sequence, 0);
    // Held before anything is awaited, so that no change to the chain in between is missed.
    this.#agents.set(agent.id, entry);
    try {
      const { authorityId, capabilities = [], constraints = [] } = options;
      if (authorityId !== undefined) await agent.establishTrust({ authorityId, capabilities, constraints });
      else await agent.refresh();
      await this.#chains.caughtUp(entry);
    } catch (error) {
      this.#forget(entry);
      throw error;
    }
    if (this.#agents.get(agent.id) !== entry) return agent.id;
    entry.isReady = true;
    this.#health.seen(entry);
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
   * An agent that may exercise a capability, is healthy and not stale; undefined if there is none.
   *
   * @throws InvalidArgumentError for what names no capability, and for unknown options.
   */
  async findCapableAgent(capability: string, options: FindOptions = {}): Promise<TrustedAgent | undefined> {
    checkCapability(capability);
    expectOptions(options, 'a search', ['requireTrust', 'selection']);
    checkFlag('requireTrust', options.requireTrust);
    const { requireTrust = true } = options;
    const selection = checkSelection(options.selection ?? this.#options.selection ?? 'first');
    await this.#chains.caughtUp();
    this.#health.sweep();
    const indexes = requireTrust ? [this.#trusted] : [this.#trusted, this.#lapsed];
    let lookedAt = 0;
    for (const entry of this.#selector.candidates(indexes, capability, selection)) {
      lookedAt += 1;
      if (requireTrust && !(await this.#verify(entry, capability))) continue;
      if (!entry.isIndexed) continue;
      const agentId = entry.agent.id;
      this.#events.emit({ type: 'selected', agentId, capability, selection, lookedAt });
      return entry.agent;
    }
    this.#events.emit({ type: 'not_found', capability, selection, lookedAt });
    return undefined;
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
    expectOptions(options, 'a heartbeat', ['load', 'healthy']);
    const { load, healthy = true } = options;
    checkNumber('load', load);
    checkFlag('healthy', healthy);
    this.#health.sweep();
    this.#health.seen(entry, healthy ? 'healthy' : 'unhealthy');
    if (load !== undefined) {
      entry.reportedLoad = load;
      entry.updateLoad();
    }
    if (!entry.isIndexed && healthy) this.#chains.follow(entry);
  }

  /**
   * Counts one more piece of work for an agent, for `least_loaded`.
   *
   * @returns what ends it; only the first call counts.
   * @throws AgentRegistryError `AGENT_NOT_REGISTERED`.
   */
  acquire(agent: string | TrustedAgent): () => void {
    const entry = this.#entry(agent);
    let isHeld = true;
    entry.acquired += 1;
    entry.updateLoad();
    return () => {
      if (!isHeld) return;
      isHeld = false;
      entry.acquired -= 1;
      entry.updateLoad();
    };
  }

  /** Calls back on what happens. @returns what ends it. @throws InvalidArgumentError. */
  on<Type extends RegistryEventType>(
    type: Type,
    listener: (event: Extract<RegistryEvent, { type: Type }>) => void,
  ): () => void {
    checkOneOf('event', type, EVENT_TYPES);
    checkListener(listener);
    return this.#events.on(type, listener);
  }

  /** Stops following chains. The registry is of no use afterwards. */
  close(): void {
    this.#chains.close();
  }

  /** Where an agent belongs now: found by all, only by those who do without trust, or by nobody. */
  #place(entry: RegisteredAgent): void {
    const isFound = entry.isReady && entry.health === 'healthy' && this.#agents.get(entry.agent.id) === entry;
    entry.moveTo(isFound ? (entry.agent.isTrusted ? this.#trusted : this.#lapsed) : undefined);
  }

  async #verify(entry: RegisteredAgent, capability: string): Promise<boolean> {
    const { trust, verificationLevel } = this.#options;
    const { id: agentId } = entry.agent;
    const level = verificationLevel ?? 'standard';
    const { valid, denial } = await trust.verify({ agentId, action: capability, level });
    // Whoever is trusted no more need not be looked at the next time.
    if (denial?.code === 'EXPIRED' || denial?.code === 'REVOKED' || denial?.code === 'NO_CHAIN')
      this.#chains.follow(entry);
    return valid;
  }

  #forget(entry: RegisteredAgent): void {
    this.#agents.delete(entry.agent.id);
    this.#health.forget(entry);
    entry.moveTo(undefined);
  }

  #entry(agent: string | TrustedAgent): RegisteredAgent {
    const agentId = typeof agent === 'string' ? agent : String(agent?.id);
    const entry = this.#agents.get(agentId);
    if (!entry) throw new AgentRegistryError('AGENT_NOT_REGISTERED', agentId);
    return entry;
  }
}
