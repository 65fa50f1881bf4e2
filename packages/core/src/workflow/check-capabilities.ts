import type { TrustedAgent } from '../agent/trusted-agent.js';
import type { WorkflowProblem } from '../errors/index.js';
import { type AuthorityFacts, isNamed, notHeld } from './authority-plan.js';
import type { WorkflowGraph } from './workflow-graph.js';

/** Whether the agents are trusted and hold what is required of them. */
export function checkAgents(
  graph: WorkflowGraph,
  required: ReadonlyMap<TrustedAgent, readonly string[]>,
  { holds }: AuthorityFacts,
  untrusted: ReadonlyMap<TrustedAgent, string>,
): WorkflowProblem[] {
  return graph.agents.flatMap((agent): WorkflowProblem[] => {
    const agents = [agent.name];
    if (!agent.isTrusted) {
      const message = `Agent '${agent.name}' has no trust chain in force: establish trust for it`;
      return [{ kind: 'NOT_TRUSTED', message, agents }];
    }
    const reason = untrusted.get(agent);
    if (reason !== undefined) {
      const message = `Agent '${agent.name}' is not trusted by the operations of the workflow: ${reason}`;
      return [{ kind: 'NOT_TRUSTED', message, agents }];
    }
    const missing = (required.get(agent) ?? []).filter((capability) => !holds(agent, capability));
    return missing.map((capability) => {
      const held = agent.capabilities.join(', ') || 'nothing';
      const message = `Agent '${agent.name}' is missing the required capability '${capability}' (it holds ${held})`;
      return { kind: 'MISSING_CAPABILITY', message, agents, capability };
    });
  });
}

/**
 * Finds the delegations that no delegator could make, for connections without an order. With an order, the authority
 * plan finds more.
 */
export function checkGivers(graph: WorkflowGraph, { holds }: AuthorityFacts): WorkflowProblem[] {
  return graph.connections.flatMap(({ fromAgent, toAgent, capabilities }) =>
    capabilities
      .filter((capability) => !holds(fromAgent, capability))
      .filter(
        (capability) => !graph.incoming(fromAgent).some((connection) => isNamed(connection, capability)),
      )
      .map((capability) => notHeld(fromAgent, toAgent, capability)),
  );
}
