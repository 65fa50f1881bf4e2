import type { TrustedAgent } from '../agent/trusted-agent.js';
import type { WorkflowProblem } from '../errors/index.js';
import { capabilityCovers, EXECUTE } from '../trust/verify/capability-match.js';
import { type AgentConnection, isOwnJob, namedIn } from './agent-connection.js';
import type { WorkflowGraph } from './workflow-graph.js';

/** The facts that the planner asks for. */
export interface AuthorityFacts {
  /** Whether an agent's own chain gives it a capability now. */
  holds(agent: TrustedAgent, capability: string): boolean;
  /** Whether `execute` cannot be delegated. */
  readonly strictDelegation: boolean;
  /** The number of delegations that can follow each other. */
  readonly maxDelegationDepth: number;
}

/** The delegations to one agent of a workflow. They are made in this order, before any agent acts. */
export interface AgentAuthority {
  /** The agent. */
  readonly agent: TrustedAgent;
  /** The connections that each become a delegation; the agent acts under the last one. Empty for the root. */
  readonly incoming: readonly AgentConnection[];
  /**
   * The capabilities that the workflow delegates further in the agent's name, but that the agent does not get for its
   * own acts; often empty. They become a separate delegation, under which the agent never acts.
   */
  readonly onward: readonly string[];
}

/** The delegations that a workflow needs, or the reasons why it cannot be executed. */
export interface AuthorityPlan {
  /** The agents, each after all that come before it. */
  readonly agents: readonly AgentAuthority[];
  /** The problems; empty if the plan can be used. */
  readonly problems: readonly WorkflowProblem[];
}

/** Capabilities by name; `ALL` where only the agent's own chain is the limit. */
type Scope = readonly string[] | typeof ALL;
const ALL = 'all';

/**
 * Finds the delegations that a workflow needs, so that no agent can do more than its connections say:
 *
 * - An agent acts under the one incoming connection that is within all the others, and under the constraints of all of
 *   them. If no connection is within all the others, one delegation cannot express their intersection, and the workflow
 *   is refused.
 * - An agent delegates further under the delegation that it acts under. That does not suffice for a capability that
 *   the agent holds itself and was not delegated. The agent then gets a second delegation along the way from the
 *   root: of the capability by name if the root holds it, else of `execute`.
 */
export function planAuthority(graph: WorkflowGraph, facts: AuthorityFacts): AuthorityPlan {
  return new AuthorityPlanner(graph, facts).plan();
}

class AuthorityPlanner {
  readonly #problems: WorkflowProblem[] = [];
  readonly #governing = new Map<TrustedAgent, AgentConnection>();
  /** The capabilities that the agents after each agent can use as "their own job" under the delegations so far. */
  readonly #limits = new Map<TrustedAgent, Scope>();
  readonly #depths = new Map<TrustedAgent, number>();
  readonly #onward = new Map<TrustedAgent, readonly string[]>();

  constructor(
    private readonly graph: WorkflowGraph,
    private readonly facts: AuthorityFacts,
  ) {}

  plan(): AuthorityPlan {
    const { order } = this.graph;
    for (const agent of order) this.govern(agent);
    for (const agent of [...order].reverse()) this.#onward.set(agent, this.findOnward(agent));
    return {
      problems: this.#problems,
      agents: order.map((agent) => {
        const governing = this.#governing.get(agent);
        const others = this.graph.incoming(agent).filter((connection) => connection !== governing);
        const onward = this.#onward.get(agent) as readonly string[];
        return { agent, incoming: governing ? [...others, governing] : [], onward };
      }),
    };
  }

  private govern(agent: TrustedAgent): void {
    const incoming = this.graph.incoming(agent);
    const first = incoming[0];
    if (!first) {
      this.#limits.set(agent, ALL);
      this.#depths.set(agent, 0);
      return;
    }
    const governing = incoming.findLast((one) =>
      incoming.every((other) => isWithin(this.scope(one), this.scope(other))),
    );
    if (!governing) this.disagree(agent, incoming);
    const chosen = governing ?? first;
    this.#governing.set(agent, chosen);
    this.#limits.set(agent, isOwnJob(chosen) ? this.limitOf(chosen.fromAgent) : namedIn(chosen));
    this.#depths.set(agent, (this.#depths.get(chosen.fromAgent) as number) + 1);
    for (const connection of incoming) this.checkConnection(connection);
  }

  private checkConnection({ fromAgent, toAgent, capabilities }: AgentConnection): void {
    const agents = [fromAgent.name, toAgent.name];
    const isHanded = (capability: string): boolean => {
      const governing = this.#governing.get(fromAgent);
      return governing !== undefined && isNamed(governing, capability);
    };
    for (const capability of capabilities) {
      if (this.facts.holds(fromAgent, capability) || isHanded(capability)) continue;
      this.#problems.push(notHeld(fromAgent, toAgent, capability));
    }
    if (this.facts.strictDelegation && capabilities.includes(EXECUTE)) {
      const message = `'${fromAgent.name}' would delegate '${EXECUTE}' to '${toAgent.name}', which strictDelegation forbids: name the capabilities that are needed`;
      this.#problems.push({ kind: 'EXECUTE_FORBIDDEN', message, agents, capability: EXECUTE });
    }
    const depth = (this.#depths.get(fromAgent) as number) + 1;
    const { maxDelegationDepth } = this.facts;
    if (depth <= maxDelegationDepth) return;
    const message = `'${toAgent.name}' is ${depth} delegations away from the root, and maxDelegationDepth is ${maxDelegationDepth}`;
    this.#problems.push({ kind: 'TOO_DEEP', message, agents });
  }

  private findOnward(agent: TrustedAgent): readonly string[] {
    const governing = this.#governing.get(agent);
    if (!governing) return [];
    const outgoing = this.graph.outgoing(agent);
    const needed = new Set(
      outgoing.flatMap((connection) => [...namedIn(connection), ...this.onwardThrough(connection)]),
    );
    if ([...needed].every((capability) => this.reaches(agent, governing, capability))) return [];
    const root = this.graph.roots[0] as TrustedAgent;
    const canBeNamed = (c: string): boolean =>
      c !== EXECUTE && (isNamed(governing, c) || this.facts.holds(root, c));
    const onward = [
      ...new Set([...needed].map((capability) => (canBeNamed(capability) ? capability : EXECUTE))),
    ];
    if (this.facts.strictDelegation && onward.includes(EXECUTE)) this.forbidOnward(agent, needed, canBeNamed);
    for (const connection of outgoing.filter(isOwnJob)) this.askForNames(connection, governing);
    return onward;
  }

  private onwardThrough(connection: AgentConnection): readonly string[] {
    const isTheWay = this.#governing.get(connection.toAgent) === connection;
    return isTheWay ? (this.#onward.get(connection.toAgent) as readonly string[]) : [];
  }

  /** Whether an agent can delegate a capability further under the delegation that it acts under. */
  private reaches(agent: TrustedAgent, governing: AgentConnection, capability: string): boolean {
    const limit = this.limitOf(agent);
    if (capability === EXECUTE) return limit === ALL;
    if (isNamed(governing, capability)) return true;
    return isOwnJob(governing) && this.facts.holds(agent, capability) && isWithin([capability], limit);
  }

  private scope(connection: AgentConnection): Scope {
    if (!isOwnJob(connection)) return namedIn(connection);
    const limit = this.limitOf(connection.fromAgent);
    return limit === ALL ? ALL : [...limit, ...namedIn(connection)];
  }

  private limitOf(agent: TrustedAgent): Scope {
    return this.#limits.get(agent) as Scope;
  }

  private disagree(agent: TrustedAgent, incoming: readonly AgentConnection[]): void {
    const parts = incoming
      .map((c) => `'${c.fromAgent.name}' delegates ${c.capabilities.join(', ')}`)
      .join('; ');
    const message = `The connections into '${agent.name}' disagree, and the agent is allowed only their intersection (${parts}): let one of them name only capabilities that all others allow`;
    this.#problems.push({
      kind: 'CONNECTIONS_DISAGREE',
      message,
      agents: [...incoming.map((connection) => connection.fromAgent.name), agent.name],
    });
  }

  private forbidOnward(
    agent: TrustedAgent,
    needed: ReadonlySet<string>,
    canBeNamed: (c: string) => boolean,
  ): void {
    for (const capability of needed) {
      if (capability === EXECUTE || canBeNamed(capability)) continue;
      const message = `'${agent.name}' cannot delegate '${capability}' further under strictDelegation: it did not receive the capability, and the root does not hold it`;
      this.#problems.push({ kind: 'EXECUTE_FORBIDDEN', message, agents: [agent.name], capability });
    }
  }

  private askForNames({ fromAgent, toAgent }: AgentConnection, governing: AgentConnection): void {
    const message = `Name the capabilities that '${fromAgent.name}' delegates to '${toAgent.name}': '${fromAgent.name}' received only ${governing.capabilities.join(', ')} and delegates more elsewhere, so '${EXECUTE}' would not be bounded`;
    this.#problems.push({ kind: 'CONNECTION_UNNAMED', message, agents: [fromAgent.name, toAgent.name] });
  }
}

/** Returns the problem of a delegator that does not hold a capability. */
export function notHeld(from: TrustedAgent, to: TrustedAgent, capability: string): WorkflowProblem {
  const message = `Cannot delegate '${capability}' from '${from.name}' to '${to.name}': '${from.name}' does not hold it, and is not delegated it by the connection that it acts under`;
  return { kind: 'CAPABILITY_NOT_HELD', message, agents: [from.name, to.name], capability };
}

/** Whether a connection names a capability, by itself or by a pattern that covers it. */
export const isNamed = ({ capabilities }: AgentConnection, capability: string): boolean =>
  capabilities.some((given) => capabilityCovers(given, capability));

function isWithin(scope: Scope, limit: Scope): boolean {
  if (limit === ALL) return true;
  return (
    scope !== ALL && scope.every((capability) => limit.some((given) => capabilityCovers(given, capability)))
  );
}
