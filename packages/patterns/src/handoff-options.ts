import { DelegationError } from '@kaizen-eatp/core/errors';
import type { PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

/** Options that all patterns share which hand work from one agent to the next. */
export const handoffOptions = {
  /**
   * What agents are delegated, by their names. Default for each agent: all its capabilities that the delegator can
   * give, and `execute` ("do your own job") where it can give none.
   */
  capabilities: z.record(z.string(), z.array(z.string()).min(1)).default({}),
  /** Added to every delegation of the run. Default: none. */
  constraints: z.array(z.string()).default([]),
};

/** The options of a delegation to an agent. */
export function handoffTo(
  name: string,
  { capabilities, constraints }: { capabilities: Readonly<Record<string, string[]>>; constraints: string[] },
) {
  const named = Object.hasOwn(capabilities, name) ? capabilities[name] : undefined;
  return { constraints, ...(named && { capabilities: named }) };
}

/**
 * Fails a run that needs more delegations one under another than are allowed, before its first agent acts.
 *
 * @throws DelegationError `DELEGATION_DEPTH_EXCEEDED`.
 */
export function expectDepth(execution: PatternExecution<never>, pattern: string, depth: number): void {
  const { maxDelegationDepth } = execution;
  if (depth <= maxDelegationDepth) return;
  throw new DelegationError('DELEGATION_DEPTH_EXCEEDED', `Pattern '${pattern}' would delegate too deep`, {
    expected: `at most ${maxDelegationDepth} delegations one under another`,
    received: `${depth}, for ${execution.agents.length} agents`,
    remedy: 'Use fewer agents, or raise maxDelegationDepth of the TrustOperations. No agent has acted.',
    evidence: { pattern, depth, maxDelegationDepth },
  });
}
