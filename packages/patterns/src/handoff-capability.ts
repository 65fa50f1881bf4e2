import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';

/**
 * What to delegate when one agent hands its work to the next: the first of the next agent's capabilities that the
 * delegator may itself delegate, else `execute`, "do your own job" (decision 1). Nothing is granted that is not
 * attested; `strictDelegation` forbids the second kind.
 */
export async function handoffCapability(
  execution: PatternExecution<never> | PatternExecution<unknown>,
  from: AgentHandle,
  to: AgentHandle,
): Promise<string> {
  for (const capability of to.capabilities) {
    // Not by what it holds alone: a wildcard of its own covers it too, and so does what it was itself delegated.
    if ((await execution.verify(from, capability)).valid) return capability;
  }
  return 'execute';
}
