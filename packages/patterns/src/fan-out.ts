import type { AgentHandle, DelegationGrant, PatternExecution } from '@kaizen-eatp/core/plugin';
import { endsRun, type Failure, failureOf, recordFailure } from './failure.js';

/** The outcome of one agent's work in a fan-out. */
export type Branch<Value> =
  | { readonly agent: AgentHandle; readonly value: Value }
  | { readonly agent: AgentHandle; readonly failure: Failure; readonly error: unknown };

/** Describes who delegates what to whom in a fan-out. */
export interface FanOut {
  /** The agent that delegates. */
  readonly leader: AgentHandle;
  /** The agents that work. */
  readonly agents: readonly AgentHandle[];
  /** The capabilities that each of them is delegated. */
  readonly capabilities: readonly string[];
  /** Constraints that are added to each delegation. */
  readonly constraints: readonly string[];
  /** The event by which the trail names a failure, for instance `expert_consultation_failed`. */
  readonly event: string;
}

/**
 * Delegates from the leader to each agent, then lets all agents work concurrently. The failure of one does not affect
 * the others, and all have ended when the promise settles. Failures are recorded and returned. An error that ends the
 * run is thrown.
 */
export async function fanOut<Value>(
  execution: PatternExecution,
  { leader, agents, capabilities, constraints, event }: FanOut,
  work: (agent: AgentHandle, delegation: DelegationGrant) => Promise<Value>,
): Promise<Branch<Value>[]> {
  const grants: PromiseSettledResult<DelegationGrant>[] = [];
  // One after the other, so that the delegations are in the order of the agents.
  for (const agent of agents) {
    grants.push(
      ...(await Promise.allSettled([execution.delegate(leader, agent, { capabilities, constraints })])),
    );
  }
  const settled = await Promise.allSettled(
    agents.map(async (agent, i) => {
      const grant = grants[i] as PromiseSettledResult<DelegationGrant>;
      if (grant.status === 'rejected') throw grant.reason;
      return work(agent, grant.value);
    }),
  );
  const fatal = settled.find((end) => end.status === 'rejected' && endsRun(execution, end.reason));
  if (fatal?.status === 'rejected') throw fatal.reason;
  const branches = settled.map((end, i): Branch<Value> => {
    const agent = agents[i] as AgentHandle;
    if (end.status === 'fulfilled') return { agent, value: end.value };
    return { agent, failure: failureOf(agent, end.reason), error: end.reason };
  });
  for (const branch of branches) {
    if ('failure' in branch) await recordFailure(execution, leader, event, branch.failure, branch.error);
  }
  return branches;
}

/** Returns the branches that have a value. */
export const succeeded = <Value>(branches: readonly Branch<Value>[]) =>
  branches.filter((branch) => 'value' in branch);

/** Returns the branches that failed. */
export const failed = <Value>(branches: readonly Branch<Value>[]) =>
  branches.filter((branch) => 'failure' in branch);
