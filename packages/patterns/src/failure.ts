import { EatpError } from '@kaizen-eatp/core';
import { TrustError } from '@kaizen-eatp/core/errors';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';

/** Why an agent gave no result, as the other agents are told: data, and no more than the trail says. */
export interface Failure {
  /** The agent's name; null when none could be chosen. */
  readonly agent: string | null;
  /** The code of the error. */
  readonly code: string;
  readonly reason: string;
}

export function failureOf(agent: AgentHandle | null, error: unknown): Failure {
  const { code = 'AGENT_FAILED', message } = error as { code?: string; message?: string };
  return { agent: agent?.name ?? null, code, reason: message ?? String(error) };
}

/**
 * Whether the run itself cannot go on, so that an error is not one agent's failure: the store failed (no record, no
 * action) or the run was stopped. What an agent throws always comes as a coded error, so that any other is a fault
 * of what all of them rest on.
 */
export function endsRun(execution: PatternExecution, error: unknown): boolean {
  if (execution.signal.aborted || !(error instanceof EatpError)) return true;
  const { code } = error;
  return code.startsWith('STORE_') || ENDINGS.has(code);
}

/** What leaves no way to record what comes next, or says that nothing shall. */
const ENDINGS: ReadonlySet<string> = new Set([
  'OUTCOME_NOT_RECORDED',
  'TRAIL_FORK',
  'SIGNING_FAILED',
  'EXECUTION_CANCELLED',
]);

/** What the guard has recorded by the time it throws it. */
const RECORDED: ReadonlySet<string> = new Set([
  'VERIFICATION_DENIED',
  'AGENT_FAILED',
  'EXECUTION_TIMEOUT',
  'REVOKED',
]);

/**
 * Sees that a failure is in the trail. The guard records what happens in an invocation; that there was none, for
 * want of a delegation or of an agent, or that what came back was of no use, is recorded here, by the agent that
 * leads: as `execute`, which is the one action that every leader may do, with the event in the details.
 */
export async function recordFailure(
  execution: PatternExecution,
  leader: AgentHandle,
  event: string,
  failure: Failure,
  error: unknown,
): Promise<void> {
  if (RECORDED.has(failure.code)) return;
  await execution.share(leader, failure, {
    action: 'execute',
    details: { event, agent: failure.agent, code: failure.code },
    result: error instanceof TrustError ? 'denied' : 'failure',
  });
}
