import type { TrustedAgent } from '../agent/trusted-agent.js';
import type { AgentConnection } from './agent-connection.js';

/** The order of the agents of a workflow. Holds no agent twice, and only connections between agents that it holds. */
export class WorkflowGraph {
  readonly #incoming = new Map<TrustedAgent, AgentConnection[]>();
  readonly #outgoing = new Map<TrustedAgent, AgentConnection[]>();
  #roots: readonly TrustedAgent[] | undefined;
  #order: readonly TrustedAgent[] | undefined;

  constructor(
    /** The agents, in the order in which they were added. */
    readonly agents: readonly TrustedAgent[],
    /** The connections, in the order in which they were added. */
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

  /** Returns the connections that lead to an agent, in the order in which they were added. */
  incoming(agent: TrustedAgent): readonly AgentConnection[] {
    return this.#incoming.get(agent) ?? [];
  }

  /** Returns the connections that start at an agent. */
  outgoing(agent: TrustedAgent): readonly AgentConnection[] {
    return this.#outgoing.get(agent) ?? [];
  }

  /** The agents that no connection leads to. */
  get roots(): readonly TrustedAgent[] {
    this.#roots ??= this.agents.filter((agent) => this.incoming(agent).length === 0);
    return this.#roots;
  }

  /** The agents that no connection starts at. */
  get sinks(): readonly TrustedAgent[] {
    return this.agents.filter((agent) => this.outgoing(agent).length === 0);
  }

  /**
   * The agents in an order in which each comes after all before it. Agents on a cycle, and those after one, are left
   * out.
   */
  get order(): readonly TrustedAgent[] {
    this.#order ??= this.#inOrder();
    return this.#order;
  }

  #inOrder(): readonly TrustedAgent[] {
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

  /** The cycles, as lists of agents: for each agent on a cycle, one shortest cycle through it, without duplicates. */
  get cycles(): readonly (readonly TrustedAgent[])[] {
    const ordered = new Set(this.order);
    const shown = new Set<TrustedAgent>();
    const cycles: TrustedAgent[][] = [];
    for (const agent of this.agents) {
      if (ordered.has(agent) || shown.has(agent)) continue;
      const cycle = this.shortestWayRound(agent);
      for (const member of cycle) shown.add(member);
      if (cycle.length > 0) cycles.push(cycle);
    }
    return cycles;
  }

  private shortestWayRound(start: TrustedAgent): TrustedAgent[] {
    const cameFrom = new Map<TrustedAgent, TrustedAgent>();
    const reached = [start];
    for (const at of reached) {
      for (const { toAgent } of this.outgoing(at)) {
        if (toAgent === start) return wayTo(at, cameFrom);
        if (cameFrom.has(toAgent)) continue;
        cameFrom.set(toAgent, at);
        reached.push(toAgent);
      }
    }
    return [];
  }
}

function wayTo(end: TrustedAgent, cameFrom: ReadonlyMap<TrustedAgent, TrustedAgent>): TrustedAgent[] {
  const way: TrustedAgent[] = [];
  for (let at: TrustedAgent | undefined = end; at; at = cameFrom.get(at)) way.unshift(at);
  return way;
}
