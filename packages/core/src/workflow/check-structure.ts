import type { TrustedAgent } from '../agent/trusted-agent.js';
import type { WorkflowProblem } from '../errors/index.js';
import type { AgentConnection } from './agent-connection.js';
import { WorkflowGraph } from './workflow-graph.js';

/** Returns the agents and connections of a builder as a graph, and the problems of its form. */
export function checkStructure(
  given: readonly TrustedAgent[],
  connections: readonly AgentConnection[],
): { readonly graph: WorkflowGraph; readonly problems: readonly WorkflowProblem[] } {
  const problems: WorkflowProblem[] = [];
  const agents = withoutDuplicates(given, problems);
  const known = connectionsAmong(new Set(agents), connections, problems);
  // The graph includes unknown agents, so that the other problems of their connections are reported together.
  const connected = known.flatMap(({ fromAgent, toAgent }) => [fromAgent, toAgent]);
  const graph = new WorkflowGraph([...new Set([...agents, ...connected])], known);
  if (agents.length === 0) {
    problems.push({
      kind: 'EMPTY',
      message: 'The workflow has no agents: add one with addAgent()',
      agents: [],
    });
  }
  for (const cycle of graph.cycles) {
    const names = cycle.map((agent) => agent.name);
    const message = `The connections form a cycle: ${[...names, names[0]].join(' → ')}`;
    problems.push({ kind: 'CYCLE', message, agents: names });
  }
  const roots = graph.roots.map((agent) => agent.name);
  if (roots.length > 1) {
    // One agent leads a run by its own right. Every other agent acts under a delegation that comes from the leader.
    const message = `The workflow starts with several agents (${roots.join(', ')}), and one must lead: connect them to one that comes first`;
    problems.push({ kind: 'SEVERAL_ROOTS', message, agents: roots });
  }
  return { graph, problems };
}

function withoutDuplicates(given: readonly TrustedAgent[], problems: WorkflowProblem[]): TrustedAgent[] {
  const agents: TrustedAgent[] = [];
  const placeOf = { id: new Map<string, number>(), name: new Map<string, number>() };
  for (const agent of given) {
    const places = [placeOf.id.get(agent.id), placeOf.name.get(agent.name)];
    const same = agents[Math.min(...places.map((place) => place ?? Number.POSITIVE_INFINITY))];
    if (!same) {
      placeOf.id.set(agent.id, agents.length);
      placeOf.name.set(agent.name, agents.length);
      agents.push(agent);
      continue;
    }
    const what =
      same === agent
        ? 'is added twice'
        : `has the id or the name of another agent, '${same.id}' '${same.name}'`;
    problems.push({
      kind: 'DUPLICATE_AGENT',
      message: `Agent '${agent.name}' ${what}`,
      agents: [agent.name],
    });
  }
  return agents;
}

function connectionsAmong(
  agents: ReadonlySet<TrustedAgent>,
  connections: readonly AgentConnection[],
  problems: WorkflowProblem[],
): AgentConnection[] {
  const known: AgentConnection[] = [];
  const connected = new Map<TrustedAgent, Set<TrustedAgent>>();
  const reported = new Set<TrustedAgent>();
  for (const connection of connections) {
    const { fromAgent, toAgent } = connection;
    for (const agent of [fromAgent, toAgent]) {
      if (agents.has(agent) || reported.has(agent)) continue;
      reported.add(agent);
      const message = `Agent '${agent.name}' is connected, but not in the workflow: add it with addAgent()`;
      problems.push({ kind: 'UNKNOWN_AGENT', message, agents: [agent.name] });
    }
    const after = connected.get(fromAgent) ?? new Set();
    connected.set(fromAgent, after);
    if (after.has(toAgent)) {
      const message = `'${fromAgent.name}' is connected to '${toAgent.name}' twice: name all capabilities in one connection`;
      problems.push({ kind: 'DUPLICATE_CONNECTION', message, agents: [fromAgent.name, toAgent.name] });
      continue;
    }
    after.add(toAgent);
    known.push(connection);
  }
  return known;
}
