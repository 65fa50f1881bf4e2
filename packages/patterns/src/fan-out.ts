import type { AgentHandle, DelegationGrant, PatternExecution } from '@kaizen-eatp/core/plugin';
import { endsRun, type Failure, failureOf, recordFailure } from './failure.js';

export type Branch<Value> =
  | { readonly agent: AgentHandle; readonly value: Value }
  | { readonly agent: AgentHandle; readonly failure: Failure; readonly error: unknown };

export interface FanOut {
  readonly leader: AgentHandle;
  readonly agents: readonly AgentHandle[];
  readonly capabilities: readonly string[];
  readonly constraints: readonly string[];
  /** What a failure is called in the trail, for instance `expert_consultation_failed`. */
  readonly event: string;
}

/**
 * Delegates from the leader to each agent, then lets all work at once. What one agent comes to does not touch the
 * others, and all have ended when this settles. Failures are recorded and returned; only what ends the run is thrown.
 */
export async function fanOut<Value>(
  execution: PatternExecution,
  { leader, agents, capabilities, constraints, event }: FanOut,
  work: (agent: AgentHandle, delegation: DelegationGrant) => Promise<Value>,
): Promise<Branch<Value>[]> {
  const grants: PromiseSettledResult<DelegationGrant>[] = [];
  // One after the other, so that the order of the delegations is that of the agents.
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

export const succeeded = <Value>(branches: readonly Branch<Value>[]) =>
  branches.filter((branch) => 'value' in branch);

export const failed = <Value>(branches: readonly Branch<Value>[]) =>
  branches.filter((branch) => 'failure' in branch);
