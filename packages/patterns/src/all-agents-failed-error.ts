import { EatpError } from '@kaizen-eatp/core';
import type { Failure } from './failure.js';

/**
 * Not one of the agents that a pattern asked gave a result. Code `AGENT_FAILED`; `failures` says why for each, and
 * `cause` is the first one's error. Each failure is in the trail.
 */
export class AllAgentsFailedError extends EatpError {
  constructor(
    what: string,
    readonly failures: readonly Failure[],
    cause?: unknown,
  ) {
    const shown = failures.slice(0, 5).map(({ agent, code }) => `${agent ?? 'no agent'} (${code})`);
    const more = failures.length > shown.length ? `; and ${failures.length - shown.length} more` : '';
    super('AGENT_FAILED', `Every ${what} failed`, {
      expected: 'at least one result',
      received: `${shown.join('; ')}${more}`,
      remedy: 'See `failures` for the reason of each; all of them are in the trail.',
      evidence: { failures },
      cause,
    });
  }
}
