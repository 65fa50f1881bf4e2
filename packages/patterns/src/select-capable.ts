import { NoCapableAgentError } from '@kaizen-eatp/core/errors';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { holds } from './givable.js';

/**
 * Finds the first agent that holds a capability itself and verifies for it.
 *
 * @throws NoCapableAgentError with every agent that was considered, and why it was not chosen.
 */
export async function selectCapable(
  execution: PatternExecution,
  agents: readonly AgentHandle[],
  capability: string,
): Promise<AgentHandle> {
  const considered: { agent: string; reason: string }[] = [];
  for (const agent of agents) {
    if (!holds(agent, capability)) {
      considered.push({ agent: agent.name, reason: `does not hold '${capability}'` });
      continue;
    }
    const { valid, reason } = await execution.verify(agent, capability);
    if (valid) return agent;
    considered.push({ agent: agent.name, reason: reason ?? 'does not verify' });
  }
  throw new NoCapableAgentError(capability, considered);
}
