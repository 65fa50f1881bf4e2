import {
  type Authority,
  type CapabilityRequest,
  type Clock,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import {
  type RegistryEvent,
  type RegistryEventType,
  TrustAwareAgentRegistry,
  type TrustAwareAgentRegistryOptions,
} from '@kaizen-eatp/registry';
import { suiteStore } from 'suite-store';

export class TestClock implements Clock {
  constructor(private time = Date.parse('2026-06-01T12:00:00Z')) {}
  now(): number {
    return this.time;
  }
  pass(milliseconds: number): void {
    this.time += milliseconds;
  }
}

/** Counts the agents that are verified, which is what finding costs. */
export class World {
  readonly clock = new TestClock();
  readonly verified: string[] = [];
  readonly store = suiteStore();
  readonly trust = new TrustOperations({
    store: this.store,
    clock: this.clock,
    hooks: { beforeVerify: ({ agentId }) => void this.verified.push(agentId) },
  });
  readonly registry: TrustAwareAgentRegistry;
  readonly events: RegistryEvent[] = [];
  acme!: Authority;

  private constructor(options: TrustAwareAgentRegistryOptions) {
    this.registry = new TrustAwareAgentRegistry(this.trust, { clock: this.clock, ...options });
  }

  static async make(options: TrustAwareAgentRegistryOptions = {}): Promise<World> {
    const world = new World(options);
    world.acme = await world.trust.createEnterpriseAuthority({ name: 'acme' });
    return world;
  }

  agent(name: string): TrustedAgent {
    return new TrustedAgent({ name, agent: () => name, trust: this.trust });
  }

  async register(name: string, ...capabilities: (string | CapabilityRequest)[]): Promise<TrustedAgent> {
    const agent = this.agent(name);
    await this.registry.register(agent, { authorityId: this.acme.id, capabilities });
    return agent;
  }

  listen(...types: RegistryEventType[]): this {
    for (const type of types) this.registry.on(type, (event) => this.events.push(event));
    return this;
  }
}
