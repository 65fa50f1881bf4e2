import { type AgentHandle, capabilityCovers, type PatternExecution } from '@kaizen-eatp/core/plugin';

/** Whether an agent holds a capability itself; wildcards count. Whether it is in force, `verify` says. */
export const holds = (agent: AgentHandle, capability: string): boolean =>
  agent.capabilities.some((held) => capabilityCovers(held, capability));

/** Those of the capabilities that an agent may hand on here and now. */
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
 * What to delegate when a pattern names capabilities: those that the delegator may hand on; if it may hand on none,
 * `execute`, "do your own job" (decision 1). `strictDelegation` forbids the second kind.
 */
export async function givableOrOwnJob(
  execution: PatternExecution,
  from: AgentHandle,
  capabilities: readonly string[],
): Promise<readonly string[]> {
  const given = await givable(execution, from, capabilities);
  return given.length > 0 ? given : ['execute'];
}
