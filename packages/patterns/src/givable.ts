import { type AgentHandle, capabilityCovers, type PatternExecution } from '@kaizen-eatp/core/plugin';

/** Whether an agent's chain holds a capability, by a wildcard too. Only `verify` tells whether it is in force. */
export const holds = (agent: AgentHandle, capability: string): boolean =>
  agent.capabilities.some((held) => capabilityCovers(held, capability));

/** Returns the capabilities that an agent can give at this moment. */
export async function givable(
  execution: PatternExecution,
  from: AgentHandle,
  capabilities: readonly string[],
): Promise<string[]> {
  const given: string[] = [];
  for (const capability of capabilities) {
    if ((await execution.verify(from, capability)).valid) given.push(capability);
  }
  return given;
}

/**
 * Returns the capabilities, of those that a pattern names, that the delegator can give. If it can give none, returns
 * `execute`, "do your own job", which `strictDelegation` refuses.
 */
export async function givableOrOwnJob(
  execution: PatternExecution,
  from: AgentHandle,
  capabilities: readonly string[],
): Promise<readonly string[]> {
  const given = await givable(execution, from, capabilities);
  return given.length > 0 ? given : ['execute'];
}
