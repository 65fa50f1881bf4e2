import { DelegationError } from '@kaizen-eatp/core/errors';
import type { PatternExecution } from '@kaizen-eatp/core/plugin';

/**
 * Fails a run that needs more delegations one under another than are allowed, before its first agent acts.
 *
 * @param depth - how many delegations the pattern makes one under another.
 * @throws DelegationError `DELEGATION_DEPTH_EXCEEDED`.
 */
export function expectDepth(
  { agents, maxDelegationDepth }: Pick<PatternExecution, 'agents' | 'maxDelegationDepth'>,
  pattern: string,
  depth: number,
): void {
  if (depth <= maxDelegationDepth) return;
  throw new DelegationError('DELEGATION_DEPTH_EXCEEDED', `Pattern '${pattern}' would delegate too deep`, {
    expected: `at most ${maxDelegationDepth} delegations one under another`,
    received: `${depth}, for ${agents.length} agents`,
    remedy: 'Use fewer agents, or raise maxDelegationDepth of the TrustOperations. No agent has acted.',
    evidence: { pattern, depth, maxDelegationDepth },
  });
}
