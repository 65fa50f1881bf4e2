import { EatpError } from '@kaizen-eatp/core';
import { TrustError } from '@kaizen-eatp/core/errors';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';

/** Why an agent gave no result. It is plain data for the other agents, and holds no more than the trail. */
export interface Failure {
  /** The agent's name; null when none could be chosen. */
  readonly agent: string | null;
  /** The code of the error. */
  readonly code: string;
  /** The message of the error. */
  readonly reason: string;
}

/** Describes an error as the failure of an agent. */
export function failureOf(agent: AgentHandle | null, error: unknown): Failure {
  const { code = 'AGENT_FAILED', message } = error as { code?: string; message?: string };
  return { agent: agent?.name ?? null, code, reason: message ?? String(error) };
}

/**
 * Whether an error ends the run, and is not the failure of one agent: the store failed (no record, no action), the outcome
 * of an act could not be recorded, or the run was stopped. An agent's own error always arrives as a coded error, so an
 * error without a code is a fault of the pattern or of the runtime.
 */
export function endsRun(execution: PatternExecution, error: unknown): boolean {
  if (execution.signal.aborted || !(error instanceof EatpError)) return true;
  const { code } = error;
  return code.startsWith('STORE_') || ENDINGS.has(code);
}

/** The codes after which the next step could not be recorded, or must not happen. */
const ENDINGS: ReadonlySet<string> = new Set([
  'OUTCOME_NOT_RECORDED',
  'TRAIL_FORK',
  'SIGNING_FAILED',
  'EXECUTION_CANCELLED',
]);

/** The codes of errors that the guard records before it throws them. */
const RECORDED: ReadonlySet<string> = new Set([
  'VERIFICATION_DENIED',
  'AGENT_FAILED',
  'EXECUTION_TIMEOUT',
  'REVOKED',
]);

/**
 * Records a failure that the guard has not recorded: there was no invocation, since no agent or no delegation was found, or
 * the agent's answer was unusable. It is recorded in the name of the agent that leads, as `execute`, which every leader is
 * allowed to do, with the event in the details.
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
