import type { TrustedAgent } from '../agent/trusted-agent.js';
import { definePattern } from '../pattern/definition.js';
import type {
  AgentHandle,
  DelegationGrant,
  InvokeOptions,
  PatternExecution,
  PatternExecutor,
} from '../pattern/pattern.js';
import { EXECUTE } from '../trust/verify/capability-match.js';
import type { AgentAuthority } from './authority-plan.js';
import type { WorkflowGraph } from './workflow-graph.js';

/** The name of the pattern that a workflow is executed by. */
export const WORKFLOW_PATTERN = 'workflow';

/**
 * How a workflow runs: all its delegations first, so that a workflow that lacks authority does nothing at all; then
 * each agent as soon as those before it have succeeded.
 */
export function workflowPattern(
  graph: WorkflowGraph,
  authorities: readonly AgentAuthority[],
): PatternExecutor<Record<string, never>> {
  return definePattern({
    name: WORKFLOW_PATTERN,
    async execute(execution) {
      const handleOf = handlesOf(execution);
      const grants = await delegateAll(execution, authorities, handleOf);
      return runAll(graph, authorities, async (agent, outputs) => {
        const input = inputOf(graph, agent, outputs, execution.input);
        const how = await actUnder(execution, handleOf(agent), grants.get(agent) ?? []);
        return execution.invoke(handleOf(agent), input, how);
      });
    },
  });
}

type Execution = PatternExecution<Record<string, never>>;
type HandleOf = (agent: TrustedAgent) => AgentHandle;

function handlesOf({ agents }: Execution): HandleOf {
  const byId = new Map(agents.map((handle) => [handle.id, handle]));
  return (agent) => byId.get(agent.id) as AgentHandle;
}

/** @returns the delegations to each agent; the last is the one that it acts under. */
async function delegateAll(
  { delegate }: Execution,
  authorities: readonly AgentAuthority[],
  handleOf: HandleOf,
): Promise<Map<TrustedAgent, readonly DelegationGrant[]>> {
  const grants = new Map<TrustedAgent, readonly DelegationGrant[]>();
  // The delegations are made one after the other, in the order of the authority plan: each is made under the newest one
  // to its delegator.
  for (const { agent, incoming, onward } of authorities) {
    const made: DelegationGrant[] = [];
    const constraints = new Set<string>();
    for (const { fromAgent, capabilities } of incoming) {
      // The last is the one that the agent acts under, so it carries the limits of all.
      const grant = await delegate(handleOf(fromAgent), handleOf(agent), {
        capabilities,
        constraints: [...constraints],
      });
      for (const label of grant.constraints) constraints.add(label);
      made.push(grant);
    }
    grants.set(agent, made);
    const from = incoming.at(-1)?.fromAgent;
    if (from && onward.length > 0) {
      await delegate(handleOf(from), handleOf(agent), {
        capabilities: onward,
        constraints: [...constraints],
      });
    }
  }
  return grants;
}

/**
 * The delegation that an agent acts under; where it has several, one that was withdrawn, if there is one, so that the
 * guard denies the act and records it.
 */
async function actUnder(
  { verify }: Execution,
  agent: AgentHandle,
  grants: readonly DelegationGrant[],
): Promise<InvokeOptions> {
  const governing = grants.at(-1);
  if (!governing) return {};
  for (const delegation of grants.slice(0, -1)) {
    const isOwnJob = delegation.capabilities.includes(EXECUTE);
    const action = isOwnJob ? EXECUTE : (governing.capabilities[0] as string);
    const { valid } = await verify(agent, action, { delegation });
    if (!valid) return { delegation, action };
  }
  return { delegation: governing };
}

/** Starts each agent when those before it have succeeded. Waits for the end of all that were started. */
async function runAll(
  graph: WorkflowGraph,
  authorities: readonly AgentAuthority[],
  run: (agent: TrustedAgent, outputs: ReadonlyMap<TrustedAgent, unknown>) => Promise<unknown>,
): Promise<unknown> {
  const runs = new Map<TrustedAgent, Promise<unknown>>();
  const outputs = new Map<TrustedAgent, unknown>();
  for (const { agent } of authorities) {
    const before = graph.incoming(agent).map(({ fromAgent }) => runs.get(fromAgent));
    const ended = Promise.all(before)
      .then(() => run(agent, outputs))
      .then((output) => outputs.set(agent, output));
    runs.set(agent, ended);
  }
  const settled = await Promise.allSettled(runs.values());
  // An agent that failed comes before those that could not start because of it, so the first failure is a cause.
  const failure = settled.find((one) => one.status === 'rejected');
  if (failure) throw failure.reason;
  return resultOf(graph, outputs);
}

function inputOf(
  graph: WorkflowGraph,
  agent: TrustedAgent,
  outputs: ReadonlyMap<TrustedAgent, unknown>,
  input: unknown,
): unknown {
  const before = graph.incoming(agent).map(({ fromAgent }) => fromAgent);
  if (before.length === 0) return input;
  return before.length === 1 ? outputs.get(before[0] as TrustedAgent) : byName(before, outputs);
}

function resultOf({ sinks }: WorkflowGraph, outputs: ReadonlyMap<TrustedAgent, unknown>): unknown {
  return sinks.length === 1 ? outputs.get(sinks[0] as TrustedAgent) : byName(sinks, outputs);
}

const byName = (
  agents: readonly TrustedAgent[],
  outputs: ReadonlyMap<TrustedAgent, unknown>,
): Record<string, unknown> => Object.fromEntries(agents.map((agent) => [agent.name, outputs.get(agent)]));
