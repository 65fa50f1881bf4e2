import type { TrustedAgent } from '../agent/trusted-agent.js';
import type { AgentConnection } from './agent-connection.js';

/** Who comes after whom. Holds no agent twice, and only connections between agents that it holds. */
export class WorkflowGraph {
  readonly #incoming = new Map<TrustedAgent, AgentConnection[]>();
  readonly #outgoing = new Map<TrustedAgent, AgentConnection[]>();

  constructor(
    readonly agents: readonly TrustedAgent[],
    readonly connections: readonly AgentConnection[],
  ) {
    for (const agent of agents) {
      this.#incoming.set(agent, []);
      this.#outgoing.set(agent, []);
    }
    for (const connection of connections) {
      this.#outgoing.get(connection.fromAgent)?.push(connection);
      this.#incoming.get(connection.toAgent)?.push(connection);
    }
  }

  /** In the order in which they were connected. */
  incoming(agent: TrustedAgent): readonly AgentConnection[] {
    return this.#incoming.get(agent) ?? [];
  }

  outgoing(agent: TrustedAgent): readonly AgentConnection[] {
    return this.#outgoing.get(agent) ?? [];
  }

  get roots(): readonly TrustedAgent[] {
    return this.agents.filter((agent) => this.incoming(agent).length === 0);
  }

  get sinks(): readonly TrustedAgent[] {
    return this.agents.filter((agent) => this.outgoing(agent).length === 0);
  }

  /** Every agent after all that come before it; without those on a cycle and after one. */
  get order(): readonly TrustedAgent[] {
    const waitsFor = new Map(this.agents.map((agent) => [agent, this.incoming(agent).length]));
    const order = [...this.roots];
    for (const agent of order) {
      for (const { toAgent } of this.outgoing(agent)) {
        const left = (waitsFor.get(toAgent) as number) - 1;
        waitsFor.set(toAgent, left);
        if (left === 0) order.push(toAgent);
      }
    }
    return order;
  }

  /** At least one cycle of each knot, as the agents along it; empty if there is none. */
  get cycles(): readonly (readonly TrustedAgent[])[] {
    const ordered = new Set(this.order);
    const after = new Set(this.agents.filter((agent) => !ordered.has(agent)));
    const cycles: TrustedAgent[][] = [];
    const seen = new Set<TrustedAgent>();
    // What is left always has somebody left before it, so walking backwards must come round.
    for (const start of after) {
      const walk: TrustedAgent[] = [];
      let at = start;
      while (!seen.has(at)) {
        seen.add(at);
        walk.unshift(at);
        at = this.incoming(at).find(({ fromAgent }) => after.has(fromAgent))?.fromAgent as TrustedAgent;
      }
      const end = walk.indexOf(at);
      if (end >= 0) cycles.push(walk.slice(0, end + 1));
    }
    return cycles;
  }
}
